import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf, m1p, modelsOf, processesRunning, scriptedServer } from "./support.ts";

test("R3, R1: the fast one of four teams wins; a hung call, a sleeping program and a stream are cut off at once", async (t) => {
  const marker = "61.25";
  const server = await scriptedServer(t, {
    models: {
      sim: {
        rounds: 3,
        participants: ["Coder", "ComputerTerminal"],
        answer: "42",
        latency_ms: 5,
        teams: {
          "0": { latency_ms: 250 },
          "1": { faults: [{ kind: "ledger", at: 1, count: 9, type: "hang", ms: 60_000 }] },
          "2": { code: `import subprocess\nsubprocess.run(["sleep", "${marker}"])` },
          "3": { latency_by_kind: { coder: 60_000 }, ttft_frac: 0.001, pad_chars: 2_000 },
        },
      },
    },
  });
  const run = await m1p(t, [
    "solve",
    "What is six times seven?",
    "-k",
    "4",
    "-m",
    modelsOf(server, "sim", 4),
    "--json",
  ]);

  assert.equal(run.exitCode, 0, run.stderr);
  const decided = answerOf(run.events);
  assert.equal(decided.answer, "42");
  assert.equal(decided.winner, "team-1");
  const last = run.events.at(-1);
  assert.ok(last?.type === "run-finished");
  assert.equal(last.afterWin.callsBegun, 0);
  assert.deepEqual(last.afterWin.stillAlive, []);
  assert.ok(last.afterWin.quietMs <= 500, `quiet after ${last.afterWin.quietMs} ms`);
  assert.equal(last.afterWin.callsAborted, 3);

  // Each loser was in what it was meant to be in.
  const { log: calls, inflight } = await server.stats();
  const hung = calls.find((call) => call.model === "sim-1" && call.fault === "hang");
  assert.equal(hung?.disconnected, true);
  const streamed = calls.find((call) => call.model === "sim-3" && call.kind === "coder");
  assert.equal(streamed?.disconnected, true);
  assert.ok(streamed?.t_first, "the coder's reply was streaming");
  const sleeping = run.events.find(
    (event) => event.scope === "team-3" && event.type === "step-finished" && event.status === "aborted",
  );
  assert.ok(sleeping, "team-3's program was cut off");

  assert.equal(inflight, 0);
  assert.deepEqual(processesRunning(`sleep ${marker}`), []);
});
