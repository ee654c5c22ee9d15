import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isRoot, runAsOrdinaryUser } from "../ordinary-user.ts";
import { m1p, temporaryFolder } from "./support.ts";

const S = ["-m", "scripted/script.json"];
const SCRIPT = JSON.stringify({ replies: [{ text: "FINAL ANSWER: 42", repeat: true }] });

if (isRoot) {
  // Root may read and write all.
  test("as an ordinary user: what may not be read or written", { timeout: 120_000 }, async () => {
    const { code, output } = await runAsOrdinaryUser("test/scenarios/bad-input-ordinary.test.ts");
    assert.equal(code, 0, output);
    assert.match(output, /^# pass 2$/m);
  });
} else {
  test("a data directory that can only be read: exit 2, and nothing is changed in it", async (t) => {
    const directory = temporaryFolder(t);
    writeFileSync(path.join(directory, "script.json"), SCRIPT);
    const dataDir = path.join(directory, "data");
    mkdirSync(dataDir, { mode: 0o500 });
    const run = await m1p(t, ["solve", "?", ...S], { directory, dataDir });
    assert.equal(run.exitCode, 2, run.stderr);
    assert.match(run.stderr, /^m1p: Runs cannot be kept in .*data: you may not write there\.\n {2}Name another place/m);
    assert.deepEqual(readdirSync(dataDir), []);
  });

  test("a file that may not be read: exit 2", async (t) => {
    const directory = temporaryFolder(t);
    writeFileSync(path.join(directory, "script.json"), SCRIPT);
    writeFileSync(path.join(directory, "secret.csv"), "a,b\n", { mode: 0 });
    const run = await m1p(t, ["solve", "?", ...S, "-f", "secret.csv"], { directory });
    assert.equal(run.exitCode, 2, run.stderr);
    assert.match(run.stderr, /secret\.csv cannot be read: you may not read it\./);
  });
}
