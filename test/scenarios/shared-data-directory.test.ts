import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { runsDirectory } from "../../src/base/directories.ts";
import { listRuns } from "../../src/log/list-runs.ts";
import { removeRuns } from "../../src/run/kept-runs/remove-runs.ts";
import { m1p, modelsOf, scriptedServer, temporaryFolder } from "./support.ts";

const SOLVES = 4;

test("L1: several processes solve, list and remove in one data directory, and none is in another's way", async (t) => {
  const dataDir = temporaryFolder(t);
  const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", latency_ms: 20 };
  const server = await scriptedServer(t, { models: { sim } });
  const solve = (task: string) => m1p(t, ["solve", task, "-k", "1", "-m", modelsOf(server, "sim", 1)], { dataDir });
  const first = await solve("the first");
  assert.equal(first.exitCode, 0, first.stderr);
  const prune = async () => {
    const runs = await m1p(t, ["runs", "rm", "--keep", "0"], { dataDir });
    const list = await m1p(t, ["runs", "--json"], { dataDir });
    return [runs, list];
  };
  const solving = Array.from({ length: SOLVES }, (_, index) => solve(`task ${index}`));
  const [solved, ...others] = await Promise.all([Promise.all(solving), prune(), prune()]);
  for (const run of solved) {
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(run.stdout, /^42\n/);
  }
  for (const run of others.flat()) assert.equal(run.exitCode, 0, run.stderr);
  for (const [, list] of others) assert.doesNotMatch(list?.stdout ?? "", /unreadable/);
  assert.ok(listRuns(dataDir).every(({ outcome, prompt }) => outcome === "answered" && prompt !== "the first"));
  await Promise.all([removeRuns({ dataDir, keepBytes: 0 }), removeRuns({ dataDir, keepBytes: 0 })]);
  assert.deepEqual(readdirSync(runsDirectory(dataDir)), []);
});
