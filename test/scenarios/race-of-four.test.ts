import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { LiveEvent } from "../../src/events/live.ts";
import type { LoggedEvent } from "../../src/events/run-event.ts";
import { magenticOne } from "../../src/run/line-up/magentic-one.ts";
import { race, type Race } from "../../src/run/race.ts";
import type { ScriptedModelServer } from "../fixtures/scripted-model/start.ts";
import { faultProxy } from "./fault-proxy.ts";
import { answerOf, asleep, assertGone, modelsOf, processesRunning, scriptedServer } from "./support.ts";
import { serverSees, sleeper, temporaryFolder } from "./support.ts";

/** A sleep that no other run of this file on the same machine has. */
const ASLEEP = `61.5${process.pid}`;
/** facts, plan, ledger, coder, ledger, ledger, final: the winner's last call. */
const FINAL_CALL = 7;

const sim = {
  rounds: 3,
  participants: ["Coder", "ComputerTerminal"],
  answer: "42",
  latency_ms: 5,
  teams: {
    "1": { faults: [{ kind: "ledger", at: 1, count: 9, type: "hang", ms: 60_000 }] },
    "2": { code: sleeper(ASLEEP) },
    "3": { latency_by_kind: { coder: 60_000 }, ttft_frac: 0.001, pad_chars: 2_000 },
  },
};

// The race runs in this process, which lives on: what is gone at the decision was ended, not orphaned.
test("R3, R1: the fast one of four teams wins; a hung call, a sleeping program and a stream are cut off at once", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const { run, events, streaming, winnerWaits, letWinnerAnswer } = await raceOfFour(t, server);

  // The winner's last reply is held back until each loser is seen in what it is to be cut off from.
  await events.first((event) => isStart(event, "team-3", "tool"));
  await Promise.all([
    winnerWaits,
    asleep(run.directory, "team-3"),
    streaming,
    serverSees(server, ({ log }) => log.some(({ fault }) => fault === "hang"), 20_000),
  ]);
  assert.ok(processesRunning(`sleep ${ASLEEP}`).length > 0, "the program sleeps");
  assert.equal((await server.stats()).inflight, 2, "a call hangs and a reply streams");
  assert.ok(!events.seen.some(({ type }) => type === "team-finished" || type === "race-decided"), "all are at work");
  letWinnerAnswer();

  const result = await run.result;
  const decidedAt = Date.now();
  assert.deepEqual([result.answer, result.winner], ["42", "team-1"]);
  await serverSees(server, ({ inflight }) => inflight === 0, decidedAt + 500 - Date.now());
  await assertGone(`sleep ${ASLEEP}`);
  const receipt = await run.receipt;
  await events.ended;

  const { log: calls } = await server.stats();
  const decided = answerOf(events.seen);
  const lastReply = calls.find((call) => call.model === "sim-0" && call.kind === "final")?.t_sent;
  assert.ok(lastReply, "the winner's last reply was sent");
  const late = decided.time - lastReply;
  assert.ok(late < 250, `decided ${late} ms after the winner's last reply`);

  assert.equal(receipt.afterWin.callsBegun, 0);
  assert.deepEqual(receipt.afterWin.stillAlive, []);
  assert.ok(receipt.afterWin.quietMs <= 500, `quiet after ${receipt.afterWin.quietMs} ms`);
  assert.equal(receipt.afterWin.callsAborted, 3);
  assert.deepEqual(
    receipt.teams.map(({ outcome }) => outcome),
    ["answered", "stopped", "stopped", "stopped"],
  );

  // Each loser was cut off from just the one step that it was in.
  const hung = calls.find((call) => call.model === "sim-1" && call.fault === "hang");
  assert.deepEqual([hung?.kind, hung?.disconnected], ["ledger", true]);
  const streamed = calls.find((call) => call.model === "sim-3" && call.kind === "coder");
  assert.ok(streamed?.t_first && streamed.t_first < lastReply, "the coder's reply streamed before the last reply");
  assert.equal(streamed.disconnected, true);
  assert.deepEqual(abortedSteps(events.seen), [
    "team-2 Orchestrator model",
    "team-3 ComputerTerminal terminal",
    "team-4 Coder model",
  ]);
});

async function raceOfFour(t: TestContext, server: ScriptedModelServer) {
  const gate = Promise.withResolvers<void>();
  const proxy = await faultProxy(t, server, FINAL_CALL, async (_response, forward) => {
    await gate.promise;
    await forward();
  });
  const streaming = Promise.withResolvers<void>();
  const onLive = (event: LiveEvent) => {
    if (event.type === "text-streamed" && event.key.startsWith("team-4/Coder")) streaming.resolve();
  };
  const [, ...others] = modelsOf(server, "sim", 4).split(",");
  const run = race({
    task: "What is six times seven?",
    teams: magenticOne({ model: [`${proxy.url}#sim-0`, ...others] }).times(4),
    dataDir: temporaryFolder(t),
    environment: process.env,
    onLive,
  });
  return {
    run,
    events: watched(run),
    streaming: streaming.promise,
    winnerWaits: proxy.reached,
    letWinnerAnswer: () => gate.resolve(),
  };
}

/** The events of a run as they come. */
function watched(run: Race) {
  const seen: LoggedEvent[] = [];
  const waiting = new Map<(event: LoggedEvent) => boolean, (event: LoggedEvent) => void>();
  const follow = async () => {
    for await (const event of run.events) {
      seen.push(event);
      for (const [wanted, resolve] of waiting) if (wanted(event)) resolve(event);
    }
  };
  return {
    seen,
    ended: follow(),
    /** The first event of which `wanted` is true, past or to come. */
    first: (wanted: (event: LoggedEvent) => boolean) => {
      const found = seen.find(wanted);
      return found ? Promise.resolve(found) : new Promise<LoggedEvent>((resolve) => waiting.set(wanted, resolve));
    },
  };
}

function isStart(event: LoggedEvent, scope: string, kind: "model" | "tool"): boolean {
  return event.scope === scope && event.type === "step-started" && event.step.kind === kind;
}

/** Team, agent, and what it was: each step that was cut off, by team. */
function abortedSteps(events: readonly LoggedEvent[]): string[] {
  const aborted = events.flatMap((event) =>
    event.type === "step-finished" && event.status === "aborted" ? [event.key] : [],
  );
  return events
    .flatMap((event) => (event.type === "step-started" && aborted.includes(event.key) ? [event] : []))
    .map(({ scope, agent, step }) => `${scope} ${agent} ${step.kind === "tool" ? step.tool : step.kind}`)
    .toSorted();
}
