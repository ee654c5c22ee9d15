import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { boundedSchema } from "../../../../src/model/providers/local-grammar.ts";
import { chatHistoryOf } from "../../../../src/model/providers/local-prompt.ts";

test("every string and list of a schema gets a limit, so that a reply held to it ends", () => {
  const schema = z.object({ name: z.string(), tags: z.array(z.string().max(5)), odds: z.number().min(0) });
  assert.deepEqual(boundedSchema(z.toJSONSchema(schema)), {
    type: "object",
    properties: {
      name: { type: "string", minLength: 0, maxLength: 240 },
      tags: { type: "array", items: { type: "string", minLength: 0, maxLength: 5 }, minItems: 0, maxItems: 16 },
      odds: { type: "number" },
    },
  });
});

test("what the engine knows by another name is said in its words", () => {
  const schema = z.object({
    speaker: z.enum(["Coder", "FileSurfer"]).nullable(),
    kind: z.literal("x"),
    free: z.object({}),
  });
  assert.deepEqual(boundedSchema(z.toJSONSchema(schema)), {
    type: "object",
    properties: {
      speaker: { oneOf: [{ enum: ["Coder", "FileSurfer"] }, { type: "null" }] },
      kind: { const: "x" },
      free: { type: "object", properties: {} },
    },
  });
  assert.deepEqual(boundedSchema({ type: ["boolean", "null"] }), { oneOf: [{ type: "boolean" }, { type: "null" }] });
});

test("a schema of which a grammar would allow less or more is refused", () => {
  for (const schema of [
    {},
    { not: {} },
    { allOf: [{ type: "null" }] },
    { type: "object", properties: { a: true } },
    { $ref: "#" },
  ])
    assert.throws(() => boundedSchema(schema), { code: "model-refused", retryable: false });
});

test("only the beginning of a prompt is a system message; the user's in a row become one", () => {
  const history = chatHistoryOf([
    { role: "system", content: "Rules." },
    { role: "system", content: "More." },
    { role: "user", content: "Task." },
    { role: "system", content: "Reminder." },
    { role: "assistant", content: "Done." },
    { role: "user", content: "Next." },
  ]);
  assert.deepEqual(history, [
    { type: "system", text: "Rules.\n\nMore." },
    { type: "user", text: "Task.\n\nReminder." },
    { type: "model", response: ["Done."] },
    { type: "user", text: "Next." },
    { type: "model", response: [] },
  ]);
});
