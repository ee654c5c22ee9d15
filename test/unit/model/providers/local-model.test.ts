import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text as allText } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { CancelScope } from "../../../../src/base/abort.ts";
import { realClock } from "../../../../src/base/clock.ts";
import { Cancelled, M1Error } from "../../../../src/base/errors.ts";
import { AttemptFailed } from "../../../../src/model/attempt-failed.ts";
import type { LanguageModel } from "../../../../src/model/model.ts";
import { openLocalModel } from "../../../../src/model/providers/local-model.ts";
import { ask, asking, longPrompt, testWeights } from "./local-support.ts";

const DRAINED_MS = 500;
const reason = new Cancelled("race-decided", "Another team won.");
const PARSED = {
  type: "object",
  properties: {
    reason: { type: "string" },
    answer: { type: "boolean" },
    count: { anyOf: [{ type: "integer" }, { type: "null" }] },
  },
  required: ["reason", "answer"],
  additionalProperties: false,
};

describe("a local model", () => {
  let model: LanguageModel & AsyncDisposable;
  before(async () => {
    model = await openLocalModel(await testWeights(), { sequences: 2 });
  });
  after(() => model[Symbol.asyncDispose]());

  test("says what it can: schemas and seeds, no tools, rules for an orchestrator, at no price", () => {
    const abilities = { schema: true, tool: false, seed: true, vision: false, orchestrates: "rules", contextTokens: 0 };
    assert.deepEqual(model.abilities, { ...abilities, contextTokens: model.abilities.contextTokens });
    assert.ok((model.abilities.contextTokens ?? 0) >= 2048);
    assert.equal(model.billing, "free");
    assert.equal(model.rehearsal, false);
  });

  test("the reply comes in pieces, and its tokens are counted", async () => {
    const reply = await ask(model, asking("Name three colours."));
    assert.ok(reply.pieces.length > 3);
    assert.equal(reply.pieces.join(""), reply.text);
    assert.ok((reply.usage?.inputTokens ?? 0) > 8);
    assert.ok((reply.usage?.outputTokens ?? 99) <= 24);
  });

  test("the same seed repeats a reply, another seed doesn't", async () => {
    const question = asking("Tell me a story about the sea.");
    const [first, again, other] = [
      await ask(model, question, { seed: 7, temperature: 1 }),
      await ask(model, question, { seed: 7, temperature: 1 }),
      await ask(model, question, { seed: 8, temperature: 1 }),
    ];
    assert.equal(first.text, again.text);
    assert.notEqual(first.text, other.text);
  });

  test("a reply stops at its limit and says so", async () => {
    const reply = await ask(model, asking("Count from 1 to 500."), { maxOutputTokens: 12 });
    assert.equal(reply.finishReason, "length");
    assert.equal(reply.usage?.outputTokens, 12);
  });

  test("a second turn reads only what is new", async () => {
    const question = asking(`Remember these words: ${"apple pear plum ".repeat(40)}. What did I say?`);
    const first = await ask(model, question);
    const next = [...question, { role: "assistant", content: first.text } as const, ...asking("And once more?")];
    const second = await ask(model, next);
    assert.ok((second.usage?.cachedTokens ?? 0) >= (first.usage?.inputTokens ?? Infinity) - 8);
    assert.ok((second.usage?.cachedTokens ?? 0) < (second.usage?.inputTokens ?? 0));
  });

  test("with the schema and the tool format the reply is JSON of the schema, and ends", async () => {
    const question = asking("Is 7 a prime number? Give a reason.");
    for (const format of [
      { kind: "schema", name: "verdict", schema: PARSED },
      { kind: "tool", name: "verdict", description: "A verdict", schema: PARSED },
    ] as const) {
      const reply = await ask(model, question, { format, maxOutputTokens: 300 });
      const value = JSON.parse(reply.text) as Record<string, unknown>;
      assert.equal(reply.finishReason, "stop");
      assert.equal(reply.text, reply.text.trim());
      assert.deepEqual(Object.keys(value), ["reason", "answer", "count"]);
      assert.equal(typeof value["answer"], "boolean");
    }
  });

  test("with the json format the reply is an object", async () => {
    const reply = await ask(model, asking('Answer with {"colour": "red"}.'), { format: { kind: "json" } });
    assert.match(reply.text, /^\{/);
  });

  test("a schema that no grammar can express is refused, so that the next rung is tried", async () => {
    const format = { kind: "schema", name: "none", schema: { not: { type: "string" } } } as const;
    await assert.rejects(ask(model, asking("Hi"), { format }), (error) => {
      assert.ok(error instanceof AttemptFailed && error.code === "model-refused" && !error.retryable);
      assert.match(error.detail, /schema/);
      return true;
    });
  });

  test("a prompt longer than the context is refused and says by how much", async () => {
    await assert.rejects(ask(model, asking("too long ".repeat(5000))), (error) => {
      assert.ok(error instanceof AttemptFailed && error.code === "model-too-long" && !error.retryable);
      assert.match(error.message, /\d+ tokens/);
      return error.hint !== undefined;
    });
  });

  for (const [where, messages] of [
    ["a prompt", longPrompt("Read this")],
    ["a reply", asking("Count from 1 to 500.")],
  ] as const) {
    test(`R3: an abort in ${where} settles within half a second, and the sequence serves the next call`, async () => {
      const scope = new CancelScope();
      const begun = Promise.withResolvers<void>();
      const settings = { maxOutputTokens: 400, seed: 3 };
      const call = ask(model, messages, settings, { signal: scope.signal, onProgress: () => begun.resolve() });
      const rejected = assert.rejects(call, (error) => error === reason);
      await begun.promise;
      const at = realClock.monotonic();
      scope.cancel(reason);
      await rejected;
      const took = realClock.monotonic() - at;
      assert.ok(took < DRAINED_MS, `it took ${took} ms`);
      assert.ok((await ask(model, asking("Name three colours."))).text.length > 0);
    });
  }

  test("two calls are answered at once, a third waits, and an abort takes it out of the queue", async () => {
    const order: string[] = [];
    const call = (name: string, seed: number, signal = new CancelScope().signal) =>
      ask(
        model,
        asking(`Count, ${name}.`),
        { seed },
        { signal, onText: () => order.push(name), onConnected: () => order.push(`${name}!`) },
      );
    const scope = new CancelScope();
    const first = call("a", 1);
    const second = call("b", 2);
    const waits = assert.rejects(call("c", 3, scope.signal), (error) => error === reason);
    const later = call("d", 4);
    scope.cancel(reason);
    await Promise.all([waits, first, second, later]);
    assert.ok(!order.includes("c!"));
    assert.ok(order.indexOf("b") < order.lastIndexOf("a"), "the replies of a and b are interleaved");
    assert.ok(
      order.indexOf("d!") > Math.min(order.lastIndexOf("a"), order.lastIndexOf("b")),
      "d waited for one of them",
    );
  });
});

test("closing a local model cuts its calls, and closing it twice does nothing", async () => {
  const model = await openLocalModel(await testWeights(), { sequences: 1 });
  const begun = Promise.withResolvers<void>();
  const isClosed = (error: unknown) => error instanceof M1Error && error.code === "model-closed";
  const running = ask(
    model,
    asking("Count from 1 to 500."),
    { maxOutputTokens: 400 },
    { onProgress: () => begun.resolve() },
  );
  const waiting = ask(model, asking("Hi"));
  const cut = Promise.all([assert.rejects(running, isClosed), assert.rejects(waiting, isClosed)]);
  await begun.promise;
  await model[Symbol.asyncDispose]();
  await cut;
  await model[Symbol.asyncDispose]();
  await assert.rejects(ask(model, asking("Hi")), isClosed);
});

test("a process that used a local model prints nothing of the engine's and ends by itself", async () => {
  const script = `
    import { openLocalModel } from ${JSON.stringify(import.meta.resolve("../../../../src/model/providers/local-model.ts"))};
    const model = await openLocalModel(${JSON.stringify(await testWeights())}, { sequences: 1 });
    await model.stream([{ role: "user", content: "Hi" }], { format: { kind: "text" }, maxOutputTokens: 4 }, { signal: new AbortController().signal });
    await model[Symbol.asyncDispose]();`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  const [printed, complained] = await Promise.all([allText(child.stdout), allText(child.stderr)]);
  assert.equal(printed + complained, "");
  assert.deepEqual(await ended, [0, null]);
});
