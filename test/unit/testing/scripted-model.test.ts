import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelScope } from "../../../src/base/abort.ts";
import { ScriptedModel } from "../../../src/testing/scripted-model.ts";

function ask(model: ScriptedModel, content: string, scope = new CancelScope()) {
  const messages = [{ role: "system", content: "You are the Coder." } as const, { role: "user", content } as const];
  return model.stream(messages, { format: { kind: "text" } }, { signal: scope.signal });
}

test("replies go to the calls they match, in the script's order", async () => {
  const model = new ScriptedModel([
    { match: ["plan"], text: "a plan" },
    "anything",
    { first: ["Coder"], match: ["code"], text: (messages) => `code for ${messages.length} messages` },
  ]);
  assert.equal((await ask(model, "hello")).text, "anything");
  assert.equal((await ask(model, "write code")).text, "code for 2 messages");
  assert.equal((await ask(model, "make a plan")).text, "a plan");
  model.assertUsed();
  assert.equal(model.calls.length, 3);
});

test("unexpected calls and unused replies fail the test, all named", async () => {
  const model = new ScriptedModel([
    { match: ["plan"], text: "a plan" },
    { match: ["facts"], text: "facts" },
  ]);
  await assert.rejects(ask(model, "something else"), { code: "script-unexpected", retryable: false });
  await ask(model, "plan!");
  assert.throws(() => model.assertUsed(), { code: "script-mismatch", message: /"something else"[^]*unused.*facts/ });
});

test("a repeated reply must be used once at least", async () => {
  const model = new ScriptedModel([{ text: "again", repeat: true }]);
  assert.throws(() => model.assertUsed());
  for (let n = 0; n < 3; n++) assert.equal((await ask(model, "x")).text, "again");
  model.assertUsed();
});

test("a reply can wait for a promise, or hang until the call is aborted", async () => {
  const gate = Promise.withResolvers<void>();
  const model = new ScriptedModel([
    { text: "late", after: gate.promise },
    { text: "", after: "never" },
  ]);
  const late = ask(model, "x");
  gate.resolve();
  assert.equal((await late).text, "late");
  const scope = new CancelScope();
  const hung = assert.rejects(ask(model, "x", scope), { code: "cancelled" });
  scope.cancel();
  await hung;
});
