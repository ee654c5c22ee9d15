import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { EventOf } from "../../../src/events/run-event.ts";
import { listRuns } from "../../../src/log/list-runs.ts";
import { SqliteLog } from "../../../src/log/sqlite-log.ts";
import { spoke, started } from "../../contract/run-log-events.ts";
import { RUN, RunFolder } from "./run-folder.ts";

test("runs are listed newest first, with what was asked and how they ended", async (t) => {
  const { dataDirectory } = new RunFolder(t);
  const clock = new VirtualClock(1000);
  const prompt = "A question with a long file in it. ".repeat(50);
  const ended = await newRun(dataDirectory, "run-1", clock);
  await (await ended.acquire("run")).append([started("run-1", prompt), ...manyEvents(), finished("run-1")]);
  await ended.close();
  await clock.advance(500);
  const running = await newRun(dataDirectory, "run-2", clock);
  await (await running.acquire("run")).append([started("run-2"), spoke("still here")]);
  t.after(() => running.close());
  assert.deepEqual(listRuns(dataDirectory), [
    { runId: "run-2", startedAt: 1500, prompt: "What is the answer?", outcome: "unfinished" },
    { runId: "run-1", startedAt: 1000, prompt, outcome: "answered" },
  ]);
});

test("a run that cannot be read is listed with the reason, one without events as unfinished, no run not at all", async (t) => {
  const { dataDirectory } = new RunFolder(t);
  assert.deepEqual(listRuns(dataDirectory), []);
  await (await newRun(dataDirectory, "empty", new VirtualClock())).close();
  mkdirSync(join(dataDirectory, "runs", "no-log"));
  mkdirSync(join(dataDirectory, "runs", "foreign"));
  writeFileSync(join(dataDirectory, "runs", "foreign", "log.db"), "text");
  writeFileSync(join(dataDirectory, "runs", "stray-file"), "");
  const runs = new Map(listRuns(dataDirectory).map((run) => [run.runId, run]));
  assert.deepEqual([...runs.keys()].sort(), ["empty", "foreign"]);
  assert.equal(runs.get("empty")?.outcome, "unfinished");
  assert.ok((runs.get("empty")?.startedAt ?? 0) > 0);
  assert.equal(runs.get("foreign")?.outcome, "unreadable");
  assert.match(runs.get("foreign")?.problem ?? "", /cannot be opened, since the file is damaged/);
});

test("a closed log is one file, which listing and reading leave alone", async (t) => {
  const folder = new RunFolder(t);
  const log = folder.create();
  await (await log.acquire("run")).append([started(RUN)]);
  await log.close();
  const files = () => readdirSync(folder.directory);
  assert.deepEqual(files(), ["log.db"]);
  assert.equal(listRuns(folder.dataDirectory).length, 1);
  const reader = folder.open({ readOnly: true });
  assert.equal([...reader.read()].length, 1);
  assert.deepEqual(files(), ["log.db"]);
  const resumed = folder.open();
  await (await resumed.acquire("run")).append([spoke("on")]);
  assert.equal(reader.head().seq, 2, "a reader from before sees what is written later");
});

async function newRun(dataDirectory: string, runId: string, clock: VirtualClock): Promise<SqliteLog> {
  return SqliteLog.create({ directory: join(dataDirectory, "runs", runId), runId, clock });
}

function manyEvents() {
  return Array.from({ length: 300 }, (_, index) => spoke(String(index)));
}

function finished(runId: string): EventOf<"run-finished"> {
  return {
    type: "run-finished",
    runId,
    outcome: "answered",
    answer: "42",
    why: "team-1 answered.",
    winner: "team-1",
    findings: null,
    latencyMs: 10,
    usage: { calls: 0, tokens: 0, cachedTokens: 0, costUsd: 0, estimated: false },
    afterWin: { callsBegun: 0, callsAborted: 0, tokens: 0, quietMs: 0, stillAlive: [] },
    effects: "none",
    teams: [],
  };
}
