import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import type { EventOf, RunEvent } from "../../../../src/events/run-event.ts";
import { SqliteLog } from "../../../../src/log/sqlite-log.ts";
import { pastUsage } from "../../../../src/run/cost/past-usage.ts";
import { finished, resumed, started } from "../../../contract/run-log-events.ts";
import { RunFolder } from "../../log/run-folder.ts";

function start(runId: string, model: string): EventOf<"run-started"> {
  const [team] = started(runId).teams;
  assert.ok(team);
  return { ...started(runId), rehearsal: model.startsWith("scripted"), teams: [{ ...team, models: [model] }] };
}

function end(runId: string, usd: number | null, tokens: number): EventOf<"run-finished"> {
  const usage = { calls: tokens > 0 ? 3 : 0, tokens, cachedTokens: 0, costUsd: usd, estimated: false };
  const report = {
    team: "team-1",
    outcome: "answered",
    turns: 1,
    steps: 3,
    usage,
    ledgersRejected: 0,
    ms: 1,
    reason: "",
  };
  return { ...finished(runId), teams: [report] };
}

test("what teams of the newest ended runs used; rehearsals, unasked models and broken folders say nothing", async (t) => {
  const { dataDirectory } = new RunFolder(t);
  const clock = new VirtualClock();
  const write = async (runId: string, events: readonly RunEvent[]) => {
    const log = SqliteLog.create({ directory: join(dataDirectory, "runs", runId), runId, clock });
    await (await log.acquire("run")).append(events);
    await log.close();
  };
  await write("run-1", [start("run-1", "openai/old"), end("run-1", 9, 9)]);
  await write("run-2", [start("run-2", "openai/x"), end("run-2", 0.5, 1000)]);
  await write("run-3", [start("run-3", "openai/x"), end("run-3", null, 2000), resumed()]);
  await write("run-4", [start("run-4", "scripted/x"), end("run-4", 0, 4000)]);
  await write("run-5", [start("run-5", "openai/x"), end("run-5", 0, 0)]);
  await write("run-6", [start("run-6", "openai/x")]);
  mkdirSync(join(dataDirectory, "runs", "run-7"));
  writeFileSync(join(dataDirectory, "runs", "run-7", "log.db"), "no database");
  assert.deepEqual(pastUsage(dataDirectory, 6, clock), [
    { model: "openai/x", tokens: 2000, usd: undefined },
    { model: "openai/x", tokens: 1000, usd: 0.5 },
  ]);
  assert.deepEqual(pastUsage(join(dataDirectory, "nowhere"), 6, clock), []);
});
