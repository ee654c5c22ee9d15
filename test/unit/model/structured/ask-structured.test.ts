import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { Cancelled } from "../../../../src/base/errors.ts";
import type { ModelReply } from "../../../../src/events/model-call.ts";
import { askStructured } from "../../../../src/model/structured/ask-structured.ts";
import type { StructuredQuestion } from "../../../../src/model/structured/ask-structured.ts";
import { LadderMemory } from "../../../../src/model/structured/ladder-memory.ts";
import { Conversation } from "../../../../src/steps/conversation.ts";
import type { ModelCall, StepContext } from "../../../../src/steps/step-context.ts";
import { StepFailed } from "../../../../src/steps/step-failed.ts";

const schema = z.object({ is_request_satisfied: z.boolean(), next_speaker: z.string() });
type Ledger = z.output<typeof schema>;
const GOOD = '{"is_request_satisfied": false, "next_speaker": "Coder"}';
const CONVERSATION = Conversation.of(
  { role: "system", content: "You lead." },
  { role: "user", content: "Who is next?" },
);
const ALL = { schema: true, tool: true };

/** Steps that answer model calls one after another; a reply may be an error. */
function stepsThatSay(...replies: readonly (string | ModelReply | Error)[]) {
  const calls: ModelCall[] = [];
  const left = [...replies];
  const context: Pick<StepContext, "model"> = {
    model(call) {
      calls.push(call);
      const reply = left.shift();
      if (reply === undefined) throw new Error("no reply is left");
      if (reply instanceof Error) return Promise.reject(reply);
      return Promise.resolve(typeof reply === "string" ? { text: reply, finishReason: "stop" } : reply);
    },
  };
  return { steps: context as StepContext, calls, unused: left };
}

function ask(steps: StepContext, memory: LadderMemory, more: Partial<StructuredQuestion<typeof schema>> = {}) {
  const question = { conversation: CONVERSATION, schema, name: "ledger", description: "Says who is next", memory };
  return askStructured(steps, { ...question, ...more });
}

const rungs = (calls: readonly ModelCall[]) => calls.map((call) => call.format?.kind);
const lastMessage = (call: ModelCall | undefined) => call?.conversation.message?.content ?? "";
const refusal = () => new StepFailed("team-1/1", { code: "model-refused", message: "HTTP 400: no such thing" });

test("the first rung asks with an enforced schema, and a good reply ends it", async () => {
  const { steps, calls } = stepsThatSay(GOOD);
  const answer = await ask(steps, new LadderMemory(ALL), { settings: { temperature: 0 } });
  assert.deepEqual(answer.ok && answer.value, { is_request_satisfied: false, next_speaker: "Coder" });
  assert.equal(calls.length, 1);
  const [call] = calls;
  assert.equal(call?.temperature, 0);
  assert.equal(call?.conversation, CONVERSATION);
  assert.deepEqual(call?.format, {
    kind: "schema",
    name: "ledger",
    schema: {
      type: "object",
      properties: { is_request_satisfied: { type: "boolean" }, next_speaker: { type: "string" } },
      required: ["is_request_satisfied", "next_speaker"],
      additionalProperties: false,
    },
  });
  assert.equal(answer.ok && answer.conversation.message?.content, GOOD);
});

test("an unusable reply is shown to the model with what is wrong, one rung further down", async () => {
  const { steps, calls } = stepsThatSay("{}", "no idea", GOOD);
  const rejected: string[] = [];
  const answer = await ask(steps, new LadderMemory(ALL), {
    onRejected: (problem, rung) => void rejected.push(`${rung}: ${problem}`),
  });
  assert.ok(answer.ok && answer.rung === "json");
  assert.deepEqual(rungs(calls), ["schema", "tool", "json"]);
  assert.deepEqual(rejected, [
    'schema: in its JSON, "is_request_satisfied" is missing; "next_speaker" is missing',
    "tool: it holds no JSON object",
  ]);
  assert.match(lastMessage(calls[1]), /could not be used: in its JSON, "is_request_satisfied" is missing/);
  assert.match(lastMessage(calls[2]), /it holds no JSON object[^]*"required":\["is_request_satisfied"/);
  const shown = calls[2]?.conversation.messages().map((message) => message.role);
  assert.deepEqual(shown, ["system", "user", "assistant", "user", "assistant", "user"]);
});

test("without schema mode and tools, the schema is told in the message that asks", async () => {
  const { steps, calls } = stepsThatSay(GOOD);
  assert.ok((await ask(steps, new LadderMemory({ schema: false, tool: false }))).ok);
  assert.deepEqual(rungs(calls), ["json"]);
  assert.match(lastMessage(calls[0]), /^Who is next\?\n\nAnswer with one JSON object/);
  assert.equal(calls[0]?.conversation.length, CONVERSATION.length);
});

test("what a value says is repaired on the same rung, and isn't held against the rung", async () => {
  const unknown = GOOD.replace("Coder", "NoSuchAgent");
  const { steps, calls } = stepsThatSay(unknown, unknown, GOOD);
  const memory = new LadderMemory(ALL);
  const validate = ({ next_speaker }: Ledger) =>
    next_speaker === "Coder" ? undefined : `there is no ${next_speaker}; there is: Coder`;
  assert.ok((await ask(steps, memory, { validate })).ok);
  assert.deepEqual(rungs(calls), ["schema", "schema", "schema"]);
  assert.match(lastMessage(calls[1]), /there is no NoSuchAgent; there is: Coder/);
  assert.deepEqual(memory.rungs, ["schema", "tool", "json"]);
});

test("a rung that an endpoint refuses costs no attempt, and is never asked again", async () => {
  const { steps, calls } = stepsThatSay(refusal(), refusal(), GOOD, GOOD);
  const memory = new LadderMemory(ALL);
  assert.ok((await ask(steps, memory, { attempts: 1 })).ok);
  assert.ok((await ask(steps, memory, { attempts: 1 })).ok);
  assert.deepEqual(rungs(calls), ["schema", "tool", "json", "json"]);
});

test("a rung that is ignored twice in a row is left out; one slip isn't enough", async () => {
  const memory = new LadderMemory({ schema: true, tool: false });
  const { steps, calls } = stepsThatSay("slip", GOOD, GOOD, "prose", GOOD, "prose", GOOD, GOOD);
  for (let n = 1; n <= 5; n++) assert.ok((await ask(steps, memory)).ok);
  assert.deepEqual(rungs(calls), ["schema", "json", "schema", "schema", "json", "schema", "json", "json"]);
  assert.deepEqual([...memory.rejections], [["schema", 3]]);
});

test("a reply that was cut at the length limit is asked for again, shorter, on the same rung", async () => {
  const { steps, calls } = stepsThatSay({ text: GOOD.slice(0, 30), finishReason: "length" }, GOOD);
  assert.ok((await ask(steps, new LadderMemory(ALL))).ok);
  assert.deepEqual(rungs(calls), ["schema", "schema"]);
  assert.match(lastMessage(calls[1]), /length limit; answer again, and more briefly/);
});

test("a whole value is taken even where the limit cut what came after it", async () => {
  const { steps } = stepsThatSay({ text: `${GOOD}\nAnd furthermo`, finishReason: "length" });
  assert.ok((await ask(steps, new LadderMemory(ALL))).ok);
});

test("a model that never gives a usable reply is a typed failure after a few attempts, not a throw", async () => {
  const { steps, calls, unused } = stepsThatSay("a", "", "null", "b", "c", "never asked");
  const memory = new LadderMemory(ALL);
  const answer = await ask(steps, memory);
  assert.ok(!answer.ok);
  assert.deepEqual([answer.kind, answer.code], ["unusable", "reply-unusable"]);
  assert.equal(calls.length, 5);
  assert.equal(unused.length, 1);
  assert.equal(memory.unusable, 1);
  assert.match(calls[2]?.conversation.messages().at(-2)?.content ?? "", /an empty reply/);
});

test("a model that can't be had is a typed failure with the cause's code", async () => {
  const gone = new StepFailed("team-1/1", { code: "model-network", message: "nothing listens" });
  const { steps, calls } = stepsThatSay(gone);
  const answer = await ask(steps, new LadderMemory(ALL));
  assert.ok(!answer.ok);
  assert.deepEqual([answer.kind, answer.code, answer.problem], ["unavailable", "model-network", "nothing listens"]);
  assert.equal(calls.length, 1);
});

test("R3: an abort is thrown on, not turned into an answer", async () => {
  const reason = new Cancelled("race-decided", "Another team won.");
  const { steps } = stepsThatSay(reason);
  await assert.rejects(ask(steps, new LadderMemory(ALL)), reason);
});
