import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import { RetryingModelExecutor } from "../../../src/model/model-executor.ts";
import { openModel } from "../../../src/model/open-model.ts";
import { MemoryPaceBoard } from "../../../src/model/pacing/memory-pace-board.ts";
import type { OwnLimits } from "../../../src/model/pacing/own-limits.ts";
import { Pacer } from "../../../src/model/pacing/pacer.ts";
import { ScriptedModel } from "../../../src/testing/scripted-model.ts";
import type { ModelTimeouts } from "../../../src/model/stream-watch.ts";
import type { StepExecution } from "../../../src/steps/executors.ts";
import { ModelFailure } from "../../../src/steps/model-failure.ts";
import { fails, says, serve } from "./http-server.ts";
import type { Handler } from "./http-server.ts";

const QUESTION = [{ role: "user", content: "What is it?" }] as const;
type Live = Parameters<StepExecution["live"]>[0];

/** Executors of two runs that share a board, over one endpoint; virtual time passes only as a test says. */
async function setUp(handlers: readonly Handler[], own: OwnLimits = {}, timeouts: Partial<ModelTimeouts> = {}) {
  const server = await serve(...handlers);
  const clock = new VirtualClock();
  const model = await openModel(`${server.url}#m`, { env: {}, clock });
  const board = new MemoryPaceBoard();
  const live: Live[] = [];
  const executor = () => {
    const pacer = new Pacer({ board, clock, limits: { [server.url]: own } });
    return new RetryingModelExecutor({ models: () => model, clock, chance: () => 0, pacer, timeouts });
  };
  const ask = (by: RetryingModelExecutor, team: string) =>
    by.execute(
      QUESTION,
      { model: model.id, format: { kind: "text" } },
      { signal: new AbortController().signal, team, live: (event) => void live.push(event) },
    );
  return { server, clock, live, executor, ask, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("a rate limit that one run met is kept by the other, too; its retry goes first", async () => {
  const wall = fails(429, "slow", { "retry-after": "9" });
  await using call = await setUp([wall, says("yes"), says("too")]);
  const [one, other] = [call.executor(), call.executor()];
  const first = call.ask(one, "team-1");
  await call.server.request(1);
  // Its answer travels on a real socket.
  while (!call.live.some(({ type }) => type === "call-paced")) await call.clock.advance(0);
  const second = call.ask(other, "team-1");
  await call.clock.advance(8900);
  assert.equal(call.server.requests.length, 1, "nobody asks before the time has come");
  while (call.server.requests.length < 3) await call.clock.advance(100);
  assert.equal((await first).attempts, 2);
  assert.equal((await second).attempts, 1, "the other was not refused");
  const waits = call.live.flatMap((event) => (event.type === "call-paced" ? [event.waitMs] : []));
  assert.ok(waits.length === 2 && waits.every((waitMs) => waitMs >= 9000), waits.join(" "));
});

test("a Retry-After of hours is a clear verdict at once, not a silent hang", async () => {
  await using call = await setUp([fails(429, "daily limit", { "retry-after": "7200" })]);
  const failing = call.ask(call.executor(), "team-1");
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof ModelFailure && error.code === "model-rate-limited");
    assert.match(error.message, /no further call for 2 h.*daily limit/);
    assert.match(error.hint ?? "", /another model/);
    return true;
  });
  assert.equal(call.server.requests.length, 1);
  assert.equal(call.clock.pending, 0);
});

test("waiting for a place counts against no timeout of the model", async () => {
  const timeouts = { headersMs: 5000, firstTokenMs: 5000, idleMs: 5000, attemptMs: 5000 };
  await using call = await setUp([says("one"), says("two")], { requestsPerMinute: 1 }, timeouts);
  const executor = call.executor();
  await call.ask(executor, "team-1");
  const second = call.ask(executor, "team-1");
  await call.clock.advance(59_000);
  assert.equal(call.server.requests.length, 1);
  while (call.server.requests.length < 2) await call.clock.advance(500);
  const outcome = await second;
  assert.equal(outcome.reply.text, "two");
  assert.equal(outcome.attempts, 1);
});

test("a model in the process is not paced", async () => {
  const clock = new VirtualClock();
  const model = new ScriptedModel([{ match: ["What"], text: "It is 42.", repeat: true }]);
  const pacer = new Pacer({ board: new MemoryPaceBoard(), clock, limits: { scripted: { concurrency: 1 } } });
  const executor = new RetryingModelExecutor({ models: () => model, clock, pacer });
  const execution = { signal: new AbortController().signal, live: () => {} };
  const asked = Array.from({ length: 5 }, () =>
    executor.execute(QUESTION, { model: model.id, format: { kind: "text" } }, execution),
  );
  assert.equal((await Promise.all(asked)).length, 5);
  assert.equal("pacing" in model, false);
});
