import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { RunEvent } from "../../../src/events/run-event.ts";
import { listRuns } from "../../../src/log/list-runs.ts";
import { lockRun } from "../../../src/log/run-lock.ts";
import { SqliteLog } from "../../../src/log/sqlite-log.ts";
import { asked, finished, spoke, started } from "../../contract/run-log-events.ts";
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
  const lock = lockRun(join(dataDirectory, "runs", "run-2"));
  t.after(() => running.close());
  assert.deepEqual(listRuns(dataDirectory), [
    { runId: "run-2", startedAt: 1500, changedAt: 1500, prompt: "What is the answer?", outcome: "running" },
    { runId: "run-1", startedAt: 1000, changedAt: 1000, prompt, outcome: "answered" },
  ]);
  lock.release();
  assert.equal(listRuns(dataDirectory)[0]?.outcome, "interrupted", "nobody works on it any more");
});

const answered: RunEvent = { type: "question-answered", question: "q-1", decision: "again", by: "me" };
const waiting: RunEvent = { type: "run-waiting", questions: ["q-1"] };
const pending = { ...finished("x"), effects: "pending" } as const;

for (const [what, events, outcome] of [
  ["a run that waits for a person", [asked, waiting], "waiting"],
  ["one whose question was answered, and nobody went on", [asked, waiting, answered], "interrupted"],
  ["one that went on", [asked, waiting, answered, spoke("on")], "interrupted"],
  ["one that waits again", [asked, waiting, answered, spoke("on"), { ...asked, question: "q-2" }, waiting], "waiting"],
  ["an ended run whose external call waits for a person", [asked, pending], "waiting"],
  ["an ended run whose external call was decided", [asked, pending, answered], "answered"],
  ["an ended run with effects after its end", [finished("x"), performed()], "answered"],
  ["one that ended in spite of an unanswered question", [asked, finished("x")], "answered"],
] as const) {
  test(`${what} is listed as ${outcome}`, async (t) => {
    const { dataDirectory } = new RunFolder(t);
    const log = await newRun(dataDirectory, "run-1", new VirtualClock());
    await (await log.acquire("run")).append([started("run-1"), ...manyEvents(), ...events]);
    await log.close();
    assert.equal(listRuns(dataDirectory)[0]?.outcome, outcome);
  });
}

test("a run that is worked on is running or waiting by its log, and ended once its log says so", async (t) => {
  const { dataDirectory } = new RunFolder(t);
  const log = await newRun(dataDirectory, "run-1", new VirtualClock());
  t.after(() => log.close());
  using lock = lockRun(join(dataDirectory, "runs", "run-1"));
  assert.ok(lock);
  const writer = await log.acquire("run");
  const outcome = () => listRuns(dataDirectory)[0]?.outcome;
  assert.equal(outcome(), "running");
  await writer.append([started("run-1"), asked, waiting]);
  assert.equal(outcome(), "waiting");
  await writer.append([answered]);
  assert.equal(outcome(), "running");
  await writer.append([finished("run-1")]);
  assert.equal(outcome(), "answered");
});

test("a run that cannot be read is listed with the reason, one without events as interrupted, no run not at all", async (t) => {
  const { dataDirectory } = new RunFolder(t);
  assert.deepEqual(listRuns(dataDirectory), []);
  await (await newRun(dataDirectory, "empty", new VirtualClock())).close();
  mkdirSync(join(dataDirectory, "runs", "no-log"));
  mkdirSync(join(dataDirectory, "runs", "foreign"));
  writeFileSync(join(dataDirectory, "runs", "foreign", "log.db"), "text");
  writeFileSync(join(dataDirectory, "runs", "stray-file"), "");
  cpSync(join(dataDirectory, "runs", "empty"), join(dataDirectory, "runs", ".removed-empty"), { recursive: true });
  const runs = new Map(listRuns(dataDirectory).map((run) => [run.runId, run]));
  assert.deepEqual([...runs.keys()].sort(), ["empty", "foreign"]);
  assert.equal(runs.get("empty")?.outcome, "interrupted");
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

function performed(): RunEvent {
  return { type: "effect-finished", effect: "commit:team-1/Coder/3", status: "performed", by: "call" };
}
