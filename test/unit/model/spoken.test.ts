import assert from "node:assert/strict";
import { test } from "node:test";
import { callOptions } from "../../../src/model/providers/ai-sdk-call.ts";
import { chatHistoryOf } from "../../../src/model/providers/local-prompt.ts";
import { spoken } from "../../../src/model/spoken.ts";

test("L4: who spoke is put above a message's text when it is sent", async () => {
  const message = { role: "user", name: "ComputerTerminal", content: "42\n" } as const;
  assert.equal(spoken(message), "ComputerTerminal:\n\n42\n");
  const sent = await callOptions([{ role: "system", content: "Lead." }, message], { format: { kind: "text" } });
  assert.deepEqual(sent.prompt, [
    { role: "system", content: "Lead." },
    { role: "user", content: [{ type: "text", text: "ComputerTerminal:\n\n42\n" }] },
  ]);
  assert.deepEqual(chatHistoryOf([message])[0], { type: "user", text: "ComputerTerminal:\n\n42\n" });
});

test("a message without a speaker is its text", () => {
  assert.equal(spoken({ role: "assistant", content: "It is 42." }), "It is 42.");
});
