import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { CancelScope } from "../../src/base/abort.ts";
import { Cancelled, M1Error } from "../../src/base/errors.ts";
import type { Message } from "../../src/events/message.ts";
import type { LanguageModel, StreamSettings, StreamedReply } from "../../src/model/model.ts";

/** An implementation under the contract, and the calls that show its behaviours. */
export interface ModelUnderContract extends AsyncDisposable {
  readonly model: LanguageModel;
  /** Asks for a reply of a few words. */
  readonly short: readonly Message[];
  /** Asks for an object of `schema`. */
  readonly object: readonly Message[];
  /** Asks for a reply that doesn't end by itself before it is aborted. */
  readonly endless: readonly Message[];
  /** A call that fails; missing where none can be made to. */
  readonly failing?: readonly Message[];
}

const SCHEMA = {
  type: "object",
  properties: { is_request_satisfied: { type: "object" } },
  required: ["is_request_satisfied"],
};
const SETTINGS: StreamSettings = { format: { kind: "text" }, temperature: 0.5, seed: 1, maxOutputTokens: 400 };

async function ask(model: LanguageModel, messages: readonly Message[], settings: Partial<StreamSettings> = {}) {
  const order: string[] = [];
  let characters = 0;
  let streamed = "";
  const { signal } = new CancelScope();
  const reply = await model.stream(
    messages,
    { ...SETTINGS, ...settings },
    {
      signal,
      onConnected: () => order.push("connected"),
      onProgress: (length) => {
        order.push("progress");
        characters += length;
      },
      onText: (text) => {
        order.push("text");
        streamed += text;
      },
    },
  );
  return { reply, order, characters, streamed, listeners: getEventListeners(signal, "abort").length };
}

/** What every `LanguageModel` does, whatever answers behind it. */
export function languageModelContract(name: string, setUp: () => Promise<ModelUnderContract>): void {
  describe(`${name} keeps the contract of LanguageModel`, () => {
    test("the reply is what was streamed, connected before its first token, with usage or none", async () => {
      await using under = await setUp();
      const { reply, order, characters, streamed, listeners } = await ask(under.model, under.short);
      assert.ok(reply.text.length > 0);
      assert.equal(streamed, reply.text);
      assert.ok(characters >= streamed.length);
      assert.equal(order[0], "connected");
      assert.equal(order.filter((each) => each === "connected").length, 1);
      assert.equal(listeners, 0, "no listener is left");
      assertSensibleUsage(reply);
    });

    test("two calls at once each have their own reply", async () => {
      await using under = await setUp();
      const both = await Promise.all([ask(under.model, under.short), ask(under.model, under.short)]);
      for (const { reply, streamed } of both) assert.equal(streamed, reply.text);
    });

    for (const kind of ["schema", "tool"] as const) {
      test(`with the ${kind} format the reply is the text of one JSON object`, async () => {
        await using under = await setUp();
        if (!under.model.abilities[kind]) return;
        const format = { kind, name: "ledger", description: "The ledger", schema: SCHEMA };
        const { reply } = await ask(under.model, under.object, { format });
        const value: unknown = JSON.parse(reply.text);
        assert.ok(typeof value === "object" && value !== null && "is_request_satisfied" in value);
      });
    }

    test("R3: an abort in flight rejects with its reason and leaves no listener", async () => {
      await using under = await setUp();
      const scope = new CancelScope();
      const reason = new Cancelled("race-decided", "Another team won.");
      const begun = Promise.withResolvers<void>();
      const call = under.model.stream(under.endless, SETTINGS, {
        signal: scope.signal,
        onConnected: () => begun.resolve(),
      });
      const rejected = assert.rejects(call, (error) => error === reason);
      await begun.promise;
      scope.cancel(reason);
      await rejected;
      assert.equal(getEventListeners(scope.signal, "abort").length, 0);
    });

    test("R3: a call under an aborted signal is not begun", async () => {
      await using under = await setUp();
      const scope = new CancelScope();
      const reason = new Cancelled("race-decided", "Another team won.");
      scope.cancel(reason);
      const fail = () => assert.fail("it was begun");
      const call = under.model.stream(under.short, SETTINGS, {
        signal: scope.signal,
        onConnected: () => fail(),
        onText: fail,
      });
      await assert.rejects(call, (error) => error === reason);
    });

    test("a failure has a code and says what happened", async () => {
      await using under = await setUp();
      if (!under.failing) return;
      await assert.rejects(ask(under.model, under.failing), (error) => {
        assert.ok(error instanceof M1Error && error.code !== "" && error.message !== "");
        return true;
      });
    });
  });
}

function assertSensibleUsage({ usage }: StreamedReply): void {
  if (!usage) return;
  assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
  assert.ok(usage.cachedTokens + usage.cacheWriteTokens <= usage.inputTokens);
}
