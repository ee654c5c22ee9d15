import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CancelScope } from "../../../src/base/abort.ts";
import { realClock } from "../../../src/base/clock.ts";
import { M1Error } from "../../../src/base/errors.ts";
import { progressLedgerSchema } from "../../../src/events/ledger.ts";
import { RetryingModelExecutor } from "../../../src/model/model-executor.ts";
import { openModel } from "../../../src/model/open-model.ts";
import { askStructured } from "../../../src/model/structured/ask-structured.ts";
import { LadderMemory } from "../../../src/model/structured/ladder-memory.ts";
import { Conversation } from "../../../src/steps/conversation.ts";
import type { ModelCall, StepContext } from "../../../src/steps/step-context.ts";
import { StepFailed } from "../../../src/steps/step-failed.ts";
import { startScriptedModel } from "../../fixtures/scripted-model/start.ts";
import type { ScriptedModelServer } from "../../fixtures/scripted-model/start.ts";

// Each fault of the scripted server at the first ledger call, over HTTP: the right ledger comes all the same.

let server: ScriptedModelServer;
before(async () => {
  server = await startScriptedModel();
});
after(() => server[Symbol.asyncDispose]());

const NAMES = ["Coder", "ComputerTerminal"];

/** Model steps over the server, without a log. */
async function steps(): Promise<{ context: StepContext; calls: ModelCall[] }> {
  const model = await openModel(`${server.url}#sim`, { env: {}, clock: realClock });
  const executor = new RetryingModelExecutor({
    models: () => model,
    clock: realClock,
    // A loaded machine may be late as well: then it is asked again.
    retry: { firstWaitMs: 1, attemptsBy: {} },
    timeouts: { headersMs: 300 },
  });
  const calls: ModelCall[] = [];
  const context: Pick<StepContext, "model"> = {
    async model(call) {
      calls.push(call);
      const settings = { model: "sim", format: call.format ?? ({ kind: "text" } as const), temperature: 0.5, seed: 1 };
      const execution = { signal: new CancelScope().signal, live: () => {} };
      try {
        return (await executor.execute(call.conversation.messages(), settings, execution)).reply;
      } catch (error) {
        if (error instanceof M1Error)
          throw new StepFailed(
            "team-1/1",
            error.hint === undefined
              ? { code: error.code, message: error.message }
              : { code: error.code, message: error.message, hint: error.hint },
          );
        throw error;
      }
    },
  };
  return { context: context as StepContext, calls };
}

async function askLedger() {
  const { context, calls } = await steps();
  const answer = await askStructured(context, {
    conversation: Conversation.of({ role: "user", content: "Is it done? Answer is_request_satisfied and so on." }),
    schema: progressLedgerSchema,
    name: "progress_ledger",
    description: "Where the work stands",
    memory: new LadderMemory({ schema: true, tool: true }),
    validate: ({ next_speaker }) =>
      NAMES.includes(next_speaker.answer) ? undefined : `there is no ${next_speaker.answer}`,
  });
  return { answer, calls };
}

/** A fault, and how many steps the ledger takes with it: repairs are steps, retries are below them. */
const FAULTS: Record<string, readonly [fault: object, steps: number]> = {
  "three 500s": [{ type: "http", status: 500, count: 3 }, 1],
  "one 400": [{ type: "http", status: 400 }, 1],
  "a reset": [{ type: "reset" }, 1],
  "a reply cut in mid-stream": [{ type: "cut" }, 1],
  "an empty reply": [{ type: "empty" }, 1],
  "a hang": [{ type: "hang", ms: 600_000 }, 1],
  "booleans as strings": [{ type: "string_bool" }, 1],
  "two JSON objects": [{ type: "two_json" }, 1],
  "a fence": [{ type: "fenced" }, 1],
  garbage: [{ type: "garbage" }, 2],
  "garbage three times": [{ type: "garbage", count: 3 }, 4],
  null: [{ type: "null_json" }, 2],
  "a truncated reply": [{ type: "truncated" }, 2],
  "no is_request_satisfied": [{ type: "missing_key", key: "is_request_satisfied" }, 2],
  "no next_speaker": [{ type: "missing_key", key: "next_speaker" }, 2],
  "an unknown next speaker": [{ type: "bad_speaker" }, 2],
};

for (const [name, [fault, expectedSteps]] of Object.entries(FAULTS)) {
  test(`the ledger survives ${name}`, async () => {
    await server.play({ models: { sim: { rounds: 9, participants: NAMES, faults: [{ kind: "ledger", ...fault }] } } });
    const { answer, calls } = await askLedger();
    assert.ok(answer.ok, JSON.stringify(answer));
    assert.equal(answer.value.is_request_satisfied.answer, false, "a string that says false is false");
    assert.ok(NAMES.includes(answer.value.next_speaker.answer));
    assert.equal(calls.length, expectedSteps);
    const { log, inflight } = await server.stats();
    const { type, count = 1 } = fault as { type: string; count?: number };
    assert.equal(log.filter((entry) => entry.fault === type).length, count, "the fault fired");
    assert.equal(inflight, 0);
  });
}

test("a ledger that never comes right is a typed failure after five steps", async () => {
  await server.play({ models: { sim: { faults: [{ kind: "ledger", type: "garbage", count: 99 }] } } });
  const { answer, calls } = await askLedger();
  assert.ok(!answer.ok);
  assert.equal(answer.code, "reply-unusable");
  assert.equal(calls.length, 5);
});
