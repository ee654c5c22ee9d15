import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { inspect } from "node:util";
import { CancelScope } from "../../../src/base/abort.ts";
import { Cancelled } from "../../../src/base/errors.ts";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { ModelSettings } from "../../../src/events/model-call.ts";
import type { ModelOutcome, StepExecution } from "../../../src/steps/executors.ts";
import { ModelFailure } from "../../../src/steps/model-failure.ts";
import { RetryingModelExecutor } from "../../../src/model/model-executor.ts";
import type { ModelExecutorOptions } from "../../../src/model/model-executor.ts";
import { openModel } from "../../../src/model/open-model.ts";
import { FaultyModel } from "../../../src/testing/faulty-model.ts";
import { ScriptedModel } from "../../../src/testing/scripted-model.ts";
import { END, USAGE, chunk, fails, hangs, says, sends, serve, startStream, stream } from "./http-server.ts";
import type { Handler, TestServer } from "./http-server.ts";

const QUESTION = [{ role: "user", content: "What is it?" }] as const;
type Live = Parameters<StepExecution["live"]>[0];

/** An executor over one model, whose waits pass at once in virtual time. */
async function setUp(handlers: readonly Handler[], options: Partial<ModelExecutorOptions> = {}) {
  const server = await serve(...handlers);
  const clock = new VirtualClock();
  const reference = `${server.url}#m`;
  const model = await openModel(reference, { env: { [keyName(server)]: "secret-key-123" }, clock });
  const executor = new RetryingModelExecutor({ models: () => model, clock, chance: () => 0, ...options });
  const scope = new CancelScope();
  const live: Live[] = [];
  const ask = (settings: Partial<ModelSettings> = {}) =>
    executor.execute(
      QUESTION,
      { model: reference, format: { kind: "text" }, ...settings },
      {
        signal: scope.signal,
        live(event) {
          live.push(event);
          if (event.type === "call-retried") void clock.advance(event.waitMs);
        },
      },
    );
  return { server, clock, scope, live, ask, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function keyName(server: TestServer): string {
  return `M1P_KEY_127_0_0_1_${new URL(server.url).port}`;
}

async function failureOf(call: Promise<ModelOutcome>): Promise<ModelFailure> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ModelFailure, `no ModelFailure: ${String(error)}`);
  return error;
}

const pathsOf = (server: TestServer) => server.requests.map((request) => request.path);
const waits = (live: readonly Live[]) => live.flatMap((event) => (event.type === "call-retried" ? [event.waitMs] : []));

test("a good call streams its text and brings reply, finish reason and reported usage", async () => {
  await using call = await setUp([says("It is 42.")]);
  const outcome = await call.ask({ temperature: 0.7, seed: 5, maxOutputTokens: 99 });
  assert.deepEqual(outcome, {
    reply: { text: "It is 42.", finishReason: "stop" },
    usage: { inputTokens: 100, outputTokens: 20, cachedTokens: 60, costUsd: null, estimated: false },
    attempts: 1,
    retried: [],
  });
  assert.deepEqual(call.live, [{ type: "text-streamed", text: "It is 42." }]);
  const { body } = await call.server.request(1);
  assert.deepEqual(
    [body["model"], body["temperature"], body["seed"], body["max_tokens"], body["stream_options"]],
    ["m", 0.7, 5, 99, { include_usage: true }],
  );
  assert.equal(call.clock.pending, 0, "no timer is left");
  assert.equal(getEventListeners(call.scope.signal, "abort").length, 0, "no listener is left");
});

test("three 500s in a row are survived, with growing waits", async () => {
  await using call = await setUp([fails(500), fails(500), fails(500), says("yes")]);
  const outcome = await call.ask();
  assert.equal(outcome.reply.text, "yes");
  assert.equal(outcome.attempts, 4);
  assert.equal(outcome.retried.length, 3);
  assert.deepEqual(waits(call.live), [250, 500, 1000]);
  assert.equal(call.server.requests.length, 4);
  assert.equal(outcome.usage.inputTokens, 100, "a refused request is charged to nobody");
});

test("an endpoint that stays broken is given up after five attempts, in words", async () => {
  await using call = await setUp([fails(503, "try later")]);
  const failure = await failureOf(call.ask());
  assert.equal(failure.code, "model-http");
  assert.match(failure.message, /HTTP 503: try later.*5 attempts/);
  assert.equal(failure.attempts, 5);
  assert.equal(call.server.requests.length, 5);
});

test("Retry-After is honoured, and capped", async () => {
  await using call = await setUp([
    fails(429, "slow", { "retry-after": "7" }),
    fails(429, "slow", { "retry-after": "86400" }),
    says("yes"),
  ]);
  await call.ask();
  assert.deepEqual(waits(call.live), [7000, 60_000]);
});

test("an exhausted quota and a refused key are final at once, and say what to do", async () => {
  await using quota = await setUp([fails(429, "You exceeded: insufficient_quota")]);
  assert.equal((await failureOf(quota.ask())).code, "model-quota");
  assert.equal(quota.server.requests.length, 1);
  await using key = await setUp([fails(401, "bad key")]);
  const failure = await failureOf(key.ask());
  assert.equal(failure.code, "model-refused-key");
  assert.match(failure.hint ?? "", /M1P_KEY_127_0_0_1_\d+/);
  await using unknown = await setUp([fails(404, "no model m")]);
  assert.equal((await failureOf(unknown.ask())).code, "model-unknown");
  assert.deepEqual(pathsOf(unknown.server), ["/v1/chat/completions", "/v1/models"]);
});

test("an endpoint that doesn't know the model is asked which it has, for the hint", async () => {
  const models = sends(JSON.stringify({ data: [{ id: "qwen3" }, { id: "llama4" }] }), "application/json");
  await using call = await setUp([fails(404, "no model m"), models]);
  const failure = await failureOf(call.ask());
  assert.equal(failure.code, "model-unknown");
  assert.match(failure.message, /no model m/);
  assert.match(failure.hint ?? "", /qwen3, llama4/);
  assert.equal(call.clock.pending, 0);
});

test("G5: a key that an endpoint repeats appears in no message, hint, cause or live event", async () => {
  await using call = await setUp([fails(500, "key secret-key-123 is odd"), fails(401, "Wrong key: secret-key-123")]);
  const failure = await failureOf(call.ask());
  assert.equal(call.server.requests[0]?.headers.authorization, "Bearer secret-key-123", "the fault fired");
  const said = inspect([failure, call.live], { depth: 12 });
  assert.match(said, /\[M1P_KEY_127/);
  assert.doesNotMatch(said, /secret-key-123/);
});

test("one 400 costs a second try without optional settings, and is not held against them", async () => {
  await using call = await setUp([fails(400, "hiccup"), says("yes")]);
  const outcome = await call.ask({ seed: 1, temperature: 0.5 });
  assert.equal(outcome.reply.text, "yes");
  const [first, second] = call.server.requests;
  assert.equal(first?.body["seed"], 1);
  for (const name of ["seed", "temperature", "stream_options"]) assert.ok(!(name in (second?.body ?? {})), name);
  await call.ask({ seed: 1 });
  assert.equal((await call.server.request(3)).body["seed"], 1);
});

test("what an endpoint refuses by name is left out from then on, and only that", async () => {
  await using call = await setUp([fails(400, "unknown field: seed"), says("yes")]);
  await call.ask({ seed: 1, temperature: 0.5 });
  await call.ask({ seed: 1, temperature: 0.5 });
  assert.equal(call.server.requests.length, 3);
  for (const request of call.server.requests.slice(1)) {
    assert.ok(!("seed" in request.body));
    assert.equal(request.body["temperature"], 0.5);
  }
});

test("an unnamed refusal that comes twice is remembered", async () => {
  await using call = await setUp([fails(422), says("a"), fails(422), says("b"), says("c")]);
  for (const expected of ["a", "b", "c"]) assert.equal((await call.ask({ seed: 1 })).reply.text, expected);
  assert.equal(call.server.requests.length, 5, "the third call needed no second try");
  assert.ok(!("seed" in (call.server.requests[4]?.body ?? {})));
});

test("a refused schema gives way to the prompt's wording", async () => {
  await using call = await setUp([fails(400, "response_format json_schema is not supported"), says("{}")]);
  const schema = { type: "object", properties: { a: { type: "string" } } };
  assert.equal((await call.ask({ format: { kind: "schema", name: "ledger", schema } })).reply.text, "{}");
  assert.deepEqual(call.server.requests[0]?.body["response_format"], {
    type: "json_schema",
    json_schema: { name: "ledger", schema, strict: true },
  });
  assert.ok(!("response_format" in (call.server.requests[1]?.body ?? {})));
});

test("a 400 that persists is final", async () => {
  await using call = await setUp([fails(400, "the prompt is wrong")]);
  const failure = await failureOf(call.ask());
  assert.equal(failure.code, "model-refused");
  assert.match(failure.message, /the prompt is wrong/);
  assert.equal(call.server.requests.length, 2);
});

test("a connection reset before the response is retried", async () => {
  await using call = await setUp([(response) => void response.socket?.destroy(), says("yes")]);
  const outcome = await call.ask();
  assert.equal(outcome.reply.text, "yes");
  assert.equal(call.server.requests.length, 2);
  assert.match(outcome.retried[0] ?? "", /could not be reached/);
});

test("a reset in mid-stream is retried, and what it used is counted as an estimate (G1)", async () => {
  const broken: Handler = (response) => {
    stream(response, chunk({ content: "It is" }));
    response.write("", () => response.socket?.destroy());
  };
  await using call = await setUp([broken, says("yes")]);
  const outcome = await call.ask();
  assert.equal(outcome.reply.text, "yes");
  assert.match(outcome.retried[0] ?? "", /broke off its reply/);
  assert.equal(outcome.usage.estimated, true);
  assert.ok(outcome.usage.inputTokens > 100 && outcome.usage.outputTokens > 20);
});

test("a stream that ends without its end mark is no reply", async () => {
  const short: Handler = (response) => {
    stream(response, chunk({ content: "half a" }));
    response.end();
  };
  await using call = await setUp([short, short, says("whole")]);
  const outcome = await call.ask();
  assert.equal(outcome.reply.text, "whole");
  assert.equal(outcome.attempts, 3);
});

test("R3: a hung call is cut at its timeout, seen by the server, and tried twice at most", async () => {
  await using call = await setUp([hangs], { timeouts: { headersMs: 1000 } });
  const failing = failureOf(call.ask());
  for (const n of [1, 2]) {
    const request = await call.server.request(n);
    await call.clock.advance(1000);
    assert.equal(await request.cutByClient, true);
  }
  const failure = await failing;
  assert.equal(failure.code, "model-timeout");
  assert.match(failure.message, /response didn't come within 1 s/);
  assert.equal(failure.usage?.estimated, true);
  assert.equal(call.clock.pending, 0);
});

test("headers without a first token, and a stream that stalls, meet their timeouts", async () => {
  const { promise: started, resolve: onStart } = Promise.withResolvers<void>();
  const silent: Handler = (response) => {
    startStream(response);
    response.write(": keep-alive\n\n", () => onStart());
  };
  await using call = await setUp(
    [silent, (response) => stream(response, chunk({ content: "It" })), says("It is 42.")],
    { timeouts: { headersMs: 100_000, firstTokenMs: 2000, idleMs: 500 }, retry: { attemptsBy: {} } },
  );
  const answer = call.ask();
  await started;
  // Headers travel on a real socket: time passes only as long as they need.
  while (call.server.requests.length < 2) await call.clock.advance(2000);
  while (call.server.requests.length < 3) await call.clock.advance(500);
  const outcome = await answer;
  assert.equal(outcome.reply.text, "It is 42.");
  assert.match(outcome.retried[0] ?? "", /first token didn't come within 2 s/);
  assert.match(outcome.retried[1] ?? "", /next token didn't come within 0.5 s/);
});

test("a slow drip, a byte at a time, is a reply as long as tokens keep coming", async () => {
  const text = chunk({ content: "It is" }) + chunk({ content: " 42." }) + END;
  let virtual: VirtualClock | undefined;
  const drip: Handler = async (response) => {
    startStream(response);
    for (const byte of Buffer.from(text)) {
      await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
      await virtual?.advance(10);
    }
    response.end();
  };
  await using call = await setUp([drip], { timeouts: { headersMs: 3000, firstTokenMs: 3000, idleMs: 3000 } });
  virtual = call.clock;
  const before = virtual.now();
  const outcome = await call.ask();
  assert.equal(outcome.reply.text, "It is 42.");
  assert.equal(outcome.attempts, 1);
  assert.ok(virtual.now() - before > 3000, "the whole took longer than any one limit");
});

test("a web page is no reply: the verdict names the address", async () => {
  await using call = await setUp([sends("<html>Welcome</html>", "text/html; charset=utf-8")]);
  const failure = await failureOf(call.ask());
  assert.equal(failure.code, "model-protocol");
  assert.match(failure.hint ?? "", /\/v1/);
  assert.equal(call.server.requests.length, 3);
});

test("a wrong content type over a right stream, and a reply sent whole, are read all the same", async () => {
  const whole = JSON.stringify({
    choices: [{ index: 0, message: { role: "assistant", content: "whole" }, finish_reason: "stop" }],
    usage: USAGE,
  });
  await using call = await setUp([
    sends(chunk({ content: "plain" }) + END, "text/plain"),
    sends(whole, "application/json"),
  ]);
  assert.equal((await call.ask()).reply.text, "plain");
  const outcome = await call.ask();
  assert.equal(outcome.reply.text, "whole");
  assert.equal(outcome.usage.inputTokens, 100);
});

test("200 with an error body is an error: passing ones are retried, others judged by their code", async () => {
  const body = (error: object) => sends(JSON.stringify({ error }), "application/json");
  await using passing = await setUp([body({ message: "upstream overloaded", type: "server" }), says("yes")]);
  const outcome = await passing.ask();
  assert.equal(outcome.reply.text, "yes");
  assert.match(outcome.retried[0] ?? "", /upstream overloaded/);
  await using final = await setUp([body({ message: "no such key", code: 401 })]);
  assert.equal((await failureOf(final.ask())).code, "model-refused-key");
});

test("an error in mid-stream, and chunks that are no JSON, are retried", async () => {
  const midway: Handler = (response) => {
    stream(response, chunk({ content: "It" }), `data: {"error":{"message":"engine died","code":500}}\n\n`);
    response.end();
  };
  const garbage: Handler = (response) => {
    stream(response, "data: <<not json>>\n\n");
    response.end();
  };
  await using call = await setUp([midway, garbage, says("yes")]);
  const outcome = await call.ask();
  assert.equal(outcome.reply.text, "yes");
  assert.match(outcome.retried[0] ?? "", /engine died/);
  assert.match(outcome.retried[1] ?? "", /isn't a model's reply/);
});

test("an empty reply is asked for once more, then taken as what the model says", async () => {
  await using good = await setUp([says(""), says("yes")]);
  assert.equal((await good.ask()).reply.text, "yes");
  await using empty = await setUp([says("")]);
  const outcome = await empty.ask();
  assert.equal(outcome.reply.text, "");
  assert.equal(outcome.attempts, 2);
});

test("R3: a cancelled call aborts the request in flight at once and tells what it used", async () => {
  await using call = await setUp([(response) => stream(response, chunk({ content: "It is" }))]);
  const failing = failureOf(call.ask());
  const request = await call.server.request(1);
  while (call.live.length === 0) await call.clock.advance(1);
  const reason = new Cancelled("race-decided", "Another team won.");
  call.scope.cancel(reason);
  const failure = await failing;
  assert.equal(failure.code, "model-aborted");
  assert.equal(failure.cause, reason);
  assert.equal(failure.usage?.estimated, true);
  assert.ok((failure.usage?.outputTokens ?? 0) > 0);
  assert.equal(await request.cutByClient, true);
  assert.equal(call.clock.pending, 0);
});

test("R3: a call cancelled while it waits to retry asks nothing any more", async () => {
  await using call = await setUp([fails(500)]);
  const retried = Promise.withResolvers<void>();
  const model = await openModel(`${call.server.url}#m`, { env: {}, clock: call.clock });
  const executor = new RetryingModelExecutor({ models: () => model, clock: call.clock });
  const failing = failureOf(
    executor.execute(
      QUESTION,
      { model: "m", format: { kind: "text" } },
      {
        signal: call.scope.signal,
        live: () => retried.resolve(),
      },
    ),
  );
  await retried.promise;
  call.scope.cancel();
  const failure = await failing;
  assert.equal(failure.code, "model-aborted");
  assert.equal(call.clock.pending, 0, "no timer is left");
  await call.clock.advance(3_600_000);
  assert.equal(call.server.requests.length, 1);
});

test("R3: a model that does not heed its abort is given up after a second, and leaves no timer", async () => {
  const clock = new VirtualClock();
  const scope = new CancelScope();
  const model = new FaultyModel({ model: new ScriptedModel([]), clock, fault: () => ({ kind: "deaf" }) });
  const executor = new RetryingModelExecutor({ models: () => model, clock });
  const settings = { model: "m", format: { kind: "text" } } as const;
  const failing = failureOf(executor.execute(QUESTION, settings, { signal: scope.signal, live: () => {} }));
  await clock.advance(10);
  scope.cancel();
  await clock.advance(990);
  assert.equal(clock.pending, 1, "it still lives, and who asks is told so");
  await clock.advance(10);
  assert.equal((await failing).code, "model-aborted");
  assert.equal(clock.pending, 0);
  assert.equal(getEventListeners(scope.signal, "abort").length, 0);
});

test("R3: after the abort nothing is begun", async () => {
  await using call = await setUp([says("yes")]);
  call.scope.cancel();
  const failure = await failureOf(call.ask());
  assert.equal(failure.attempts, 0);
  assert.equal(call.server.requests.length, 0);
});

test("an endpoint where nothing listens is tried five times and charged for nothing", async () => {
  await using call = await setUp([says("yes")]);
  await call.server[Symbol.asyncDispose]();
  const failure = await failureOf(call.ask());
  assert.equal(failure.code, "model-network");
  assert.match(failure.message, /ECONNREFUSED/);
  assert.equal(failure.attempts, 5);
  assert.deepEqual([failure.usage?.inputTokens, failure.usage?.outputTokens], [0, 0]);
});

test("usage that an endpoint doesn't report is estimated, and says so", async () => {
  const silent: Handler = (response) => {
    stream(response, chunk({ content: "It is 42." }), chunk({}, "stop"), "data: [DONE]\n\n");
    response.end();
  };
  await using call = await setUp([silent]);
  const { usage } = await call.ask();
  assert.equal(usage.estimated, true);
  assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
});

test("a forced tool call's arguments are the reply; a model that talks instead is quoted", async () => {
  const toolCall = (args: string) => ({
    index: 0,
    id: "c1",
    type: "function",
    function: { name: "ledger", arguments: args },
  });
  const calls: Handler = (response) => {
    stream(
      response,
      chunk({ tool_calls: [toolCall('{"a":')] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
    );
    stream2(response);
  };
  const stream2 = (response: Parameters<Handler>[0]) =>
    response.end(chunk({}, "tool_calls", { usage: USAGE }) + "data: [DONE]\n\n");
  await using call = await setUp([calls, says("I'd rather talk")]);
  const format = { kind: "tool", name: "ledger", description: "Write it", schema: { type: "object" } } as const;
  const outcome = await call.ask({ format });
  assert.deepEqual(outcome.reply, { text: '{"a":1}', finishReason: "stop" });
  const { body } = await call.server.request(1);
  assert.deepEqual(body["tool_choice"], { type: "function", function: { name: "ledger" } });
  assert.equal((await call.ask({ format })).reply.text, "I'd rather talk");
});

test("a reply cut at the length limit says so, and is not retried", async () => {
  const cut: Handler = (response) => {
    stream(response, chunk({ content: "half a" }), chunk({}, "length"), "data: [DONE]\n\n");
    response.end();
  };
  await using call = await setUp([cut]);
  assert.deepEqual((await call.ask({ maxOutputTokens: 3 })).reply, { text: "half a", finishReason: "length" });
});

test("G5: a redirect to another host is not followed; that host sees neither request nor key", async () => {
  await using other = await serve(says("stolen"));
  const redirect: Handler = (response) => {
    response.writeHead(307, { location: `${other.url}/chat/completions` });
    response.end();
  };
  await using call = await setUp([redirect]);
  const failure = await failureOf(call.ask());
  assert.equal(failure.code, "model-redirected");
  assert.ok(failure.message.includes(new URL(other.url).host), failure.message);
  assert.equal(call.server.requests.length, 1, "the fault fired");
  assert.equal(other.requests.length, 0);
});

test("a model's own crash is final and keeps its code", async () => {
  const model = new ScriptedModel([]);
  const executor = new RetryingModelExecutor({ models: () => model, clock: new VirtualClock() });
  const execution = { signal: new CancelScope().signal, live: () => {} };
  const failure = await failureOf(executor.execute(QUESTION, { model: "m", format: { kind: "text" } }, execution));
  assert.equal(failure.code, "script-unexpected");
  assert.throws(() => model.assertUsed(), { code: "script-mismatch" });
});
