import assert from "node:assert/strict";
import { test } from "node:test";
import { Cancelled, M1Error } from "../../../src/base/errors.ts";
import { Conversation } from "../../../src/steps/conversation.ts";
import { ModelFailure } from "../../../src/steps/model-failure.ts";
import { StepFailed } from "../../../src/steps/step-failed.ts";
import { openDoor } from "./support.ts";

const question = Conversation.of({ role: "system", content: "be brief" }, { role: "user", content: "go" });

test("L2: a model is asked only after its step-started is in the log", async () => {
  const { door, events, nextCall } = await openDoor();
  const called = nextCall();
  const reply = door.context.model({ conversation: question });
  const call = await called;
  assert.deepEqual(
    events().map((event) => event.type),
    ["step-started"],
  );
  call.answer("hello");
  assert.equal((await reply).text, "hello");
  assert.deepEqual(
    events().map((event) => event.type),
    ["step-started", "step-finished"],
  );
});

test("L2: the caller has its reply only once step-finished is in the log", async () => {
  const { door, events, nextCall } = await openDoor();
  const called = nextCall();
  const reply = door.context.model({ conversation: question });
  (await called).answer("hello");
  await reply;
  assert.equal(events().at(-1)?.type, "step-finished");
});

test("S1: keys count within a fork, whatever other forks do between", async () => {
  const { door, events } = await openDoor();
  const one = door.context.fork("Coder");
  const two = door.context.fork("FileSurfer");
  await one.tool({ tool: "t", arguments: {} });
  await Promise.all([two.tool({ tool: "t", arguments: {} }), one.tool({ tool: "t", arguments: {} })]);
  await door.context.fork("Coder").tool({ tool: "t", arguments: {} });
  const keys = events().flatMap((event) => (event.type === "step-started" ? [event.key] : []));
  assert.deepEqual(keys.toSorted(), ["team-1/Coder/1", "team-1/Coder/2", "team-1/Coder/3", "team-1/FileSurfer/1"]);
});

test("S2: chance is the same for the same seed and place", async () => {
  const first = (await openDoor()).door.context;
  const second = (await openDoor()).door.context;
  const drawn = [first.random(), first.random()];
  assert.deepEqual([second.random(), second.random()], drawn);
  assert.notEqual(drawn[0], drawn[1]);
});

test("L4: a growing conversation is recorded link by link, each message once", async () => {
  const { door, events, nextCall } = await openDoor();
  let conversation = question;
  for (const text of ["one", "two"]) {
    const called = nextCall();
    const reply = door.context.model({ conversation });
    (await called).answer(text);
    await reply;
    conversation = conversation.append({ role: "assistant", content: text }, { role: "user", content: "more" });
  }
  const steps = events().flatMap((event) =>
    event.type === "step-started" && event.step.kind === "model" ? [event.step.conversation] : [],
  );
  assert.equal(steps[0]?.base, null);
  assert.equal(steps[0]?.added.length, 2);
  assert.equal(steps[1]?.base, steps[0]?.head);
  assert.deepEqual(steps[1]?.added, [
    { role: "assistant", content: "one" },
    { role: "user", content: "more" },
  ]);
});

test("the same question has the same request hash, another has another", async () => {
  const { door, events } = await openDoor();
  await door.context.tool({ tool: "t", arguments: { a: 1, b: 2 } });
  await door.context.tool({ tool: "t", arguments: { b: 2, a: 1 } });
  await door.context.tool({ tool: "t", arguments: { a: 1, b: 3 } });
  const [one, two, three] = events().flatMap((event) => (event.type === "step-started" ? [event.request] : []));
  assert.equal(one, two);
  assert.notEqual(one, three);
});

test("defaults hold unless the call says otherwise", async () => {
  const { door, nextCall } = await openDoor();
  const called = nextCall();
  const reply = door.context.model({ conversation: question, temperature: 0, maxOutputTokens: 9 });
  const call = await called;
  assert.deepEqual(call.settings, {
    model: "m",
    temperature: 0,
    seed: 7,
    format: { kind: "text" },
    maxOutputTokens: 9,
  });
  call.answer("");
  await reply;
});

test("a failed call is journaled with its cause and usage, and told as StepFailed", async () => {
  const { door, events, nextCall } = await openDoor();
  const called = nextCall();
  const reply = door.context.model({ conversation: question });
  const usage = { inputTokens: 3, outputTokens: 0, cachedTokens: 0, costUsd: null, estimated: true };
  (await called).fail(
    new ModelFailure("model-http", "500 three times", { usage, attempts: 3, retried: ["500", "500"] }),
  );
  await assert.rejects(reply, (error) => error instanceof StepFailed && error.code === "model-http");
  const last = events().at(-1);
  assert.ok(last?.type === "step-finished");
  assert.equal(last.status, "failed");
  assert.deepEqual(last.usage, usage);
  assert.equal(last.attempts, 3);
});

test("R3: an abort reaches the call in flight, lets the caller go at once and journals the cut", async () => {
  const { door, events, scope, nextCall } = await openDoor();
  const called = nextCall();
  const reply = door.context.model({ conversation: question });
  const call = await called;
  const reason = new Cancelled("race-decided", "another team won");
  scope.cancel(reason);
  assert.equal(call.execution.signal.aborted, true);
  await assert.rejects(reply, reason);
  assert.deepEqual(door.stillAlive, ["team-1/1"]);
  call.fail(new ModelFailure("cancelled", "cut"));
  await door.quiet();
  assert.deepEqual(door.stillAlive, []);
  const last = events().at(-1);
  assert.equal(last?.type === "step-finished" && last.status, "aborted");
});

test("R3: a step whose start was committed as the race was decided is not begun", async () => {
  const { door, events, scope, calls } = await openDoor();
  const reply = door.context.model({ conversation: question });
  scope.cancel();
  await assert.rejects(reply);
  await door.quiet();
  assert.equal(calls.length, 0);
  const last = events().at(-1);
  assert.equal(last?.type === "step-finished" && last.attempts, 0);
});

test("R3: after the abort the door is shut", async () => {
  const { door, events, scope } = await openDoor();
  scope.cancel();
  await assert.rejects(door.context.tool({ tool: "t", arguments: {} }));
  await assert.rejects(async () => door.context.report({ type: "turn-started", turn: 1 }));
  assert.deepEqual(events(), []);
});

test("reports come before the steps that follow them, in the order of the calls", async () => {
  const { door, events } = await openDoor();
  void door.context.report({ type: "turn-started", turn: 1 });
  void door.context.report({ type: "agent-spoke", agent: "Coder", text: "hi" });
  await door.context.tool({ tool: "t", arguments: {} });
  assert.deepEqual(
    events().map((event) => event.type),
    ["turn-started", "agent-spoke", "step-started", "step-finished"],
  );
});

test("a report that no log can hold fails the team's next call, and the log goes on", async () => {
  const { door, events } = await openDoor();
  void door.context.report({ type: "turn-started", turn: Number.NaN });
  await door.quiet();
  await assert.rejects(
    async () => door.context.tool({ tool: "t", arguments: {} }),
    (error) => error instanceof M1Error && error.code === "event-unwritable",
  );
  assert.deepEqual(events(), []);
  assert.equal(door.logFailure, undefined);
});
