import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { runDirectory } from "../../src/base/directories.ts";
import { SqliteLog } from "../../src/log/sqlite-log.ts";
import { started } from "../contract/run-log-events.ts";
import { goldenLogs, unpackGolden } from "../golden/golden-log.ts";
import { m1pHere, temporaryFolder } from "./support.ts";

for (const golden of goldenLogs()) {
  test(`L5: a run of version ${golden.version} (${golden.runId}) is listed, shown and told in full`, async (t) => {
    const dataDir = temporaryFolder(t);
    unpackGolden(golden, dataDir);
    const list = await m1pHere(t, ["runs"], { dataDir });
    assert.match(list.stdout, new RegExp(`^${golden.runId} .* What is the mean of the temperatures\\?`, "m"));
    for (const flags of [[], ["--full"], ["--json"]]) {
      const shown = await m1pHere(t, ["show", golden.runId.slice(0, 13), ...flags], { dataDir });
      assert.equal(shown.exitCode, 0, shown.stderr);
      assert.match(shown.stdout, /14\.10 °C über 4 Orte/);
    }
  });
}

test("L5: a newer log is refused in plain words, and listed with them", async (t) => {
  const dataDir = temporaryFolder(t);
  const directory = runDirectory(dataDir, "run-99");
  const log = SqliteLog.create({ directory, runId: "run-99", clock: realClock });
  await (await log.acquire("run")).append([{ ...started("run-99"), formatVersion: 99 }]);
  await log.close();
  const refused = /run-99\S* was written by a newer m1-parallel: it has events of version 99, and this one knows/;
  const shown = await m1pHere(t, ["show", "run-99"], { dataDir });
  assert.equal(shown.exitCode, 1);
  assert.match(shown.stderr, refused);
  assert.match(shown.stderr, /\n {2}Update m1-parallel to open this run\.\n$/);
  assert.equal(shown.stdout, "");
  const list = await m1pHere(t, ["runs"], { dataDir });
  assert.match(list.stdout, new RegExp(`^run-99 .* unreadable .*${path.basename(directory)}`));
});
