import assert from "node:assert/strict";
import { test } from "node:test";
import { openAnswerForm } from "../../../../src/answers/forms/open-answer-form.ts";
import type { AnswerFormDescription } from "../../../../src/events/task.ts";

async function read(form: AnswerFormDescription, said: string): Promise<unknown[] | string> {
  const opened = await openAnswerForm(form);
  assert.ok(opened);
  const answer = opened.read(said);
  return answer.ok ? [answer.text, answer.value] : answer.problem;
}

const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer", minimum: 0 } },
  required: ["name", "age"],
  additionalProperties: false,
};
const schema = (given: Record<string, unknown>) => ({ kind: "schema", schema: given }) as const;
const [number, list, file] = [{ kind: "number" }, { kind: "list" }, { kind: "file" }] as const;

const taken: readonly [AnswerFormDescription, string, string, unknown][] = [
  [number, "It is so.\nFINAL ANSWER: 1,234.50", "1234.50", 1234.5],
  [number, "$17", "17", 17],
  [number, "-0.5%", "-0.5", -0.5],
  [number, "1e3", "1000", 1000],
  [list, "FINAL ANSWER: a,  b; 3", "a, b, 3", ["a", "b", 3]],
  [list, '["New York", 2]', "New York, 2", ["New York", 2]],
  [list, "[x, y]", "x, y", ["x", "y"]],
  [list, "one", "one", ["one"]],
  [file, "FINAL ANSWER: `./out/a.csv`", "out/a.csv", "out/a.csv"],
  [{ kind: "file", path: "a.csv" }, "It is written.", "a.csv", "a.csv"],
  [schema(person), '{"name": "Ada", "age": 36}', '{"age":36,"name":"Ada"}', { name: "Ada", age: 36 }],
  [
    schema(person),
    'So:\n```json\n{"age": 36, "name": "Ada"}\n```',
    '{"age":36,"name":"Ada"}',
    { name: "Ada", age: 36 },
  ],
  [
    schema(person),
    'FINAL ANSWER: {"answer": {"age": 36, "name": "Ada"}}',
    '{"age":36,"name":"Ada"}',
    { name: "Ada", age: 36 },
  ],
  [schema(person), "{'name': 'Ada', 'age': 36,}", '{"age":36,"name":"Ada"}', { name: "Ada", age: 36 }],
  [schema({ type: "array", items: { type: "number" } }), "FINAL ANSWER: [1, 2]", "[1,2]", [1, 2]],
  [schema({ type: "number" }), "FINAL ANSWER: 42", "42", 42],
  [schema({ type: "string" }), "FINAL ANSWER: Paris", '"Paris"', "Paris"],
  [schema({ enum: ["yes", "no"] }), '{"answer": "yes"}', '"yes"', "yes"],
];
for (const [form, said, text, value] of taken) {
  test(`${form.kind}: ${JSON.stringify(said)} is ${text}`, async () =>
    assert.deepEqual(await read(form, said), [text, value]));
}

const refused: readonly [AnswerFormDescription, string, RegExp][] = [
  [number, "about 5 km", /"about 5 km" is not one number/],
  [number, "1, 2 and 3", /not one number/],
  [number, "inf", /not one number/],
  [list, "a,,b", /an element of it is empty/],
  [list, "", /not a list/],
  [file, "", /names no file/],
  [schema(person), '{"name": "Ada", "age": -1}', /age must be >= 0/],
  [
    schema(person),
    '{"name": "Ada", "years": 3}',
    /must have required property 'age'; the value has "years", which is not allowed/,
  ],
  [schema(person), "Ada, 36", /the value must be object/],
  [schema({ enum: ["yes", "no"] }), "maybe", /must be equal to one of the allowed values: \["yes","no"\]/],
];
for (const [form, said, problem] of refused) {
  test(`${form.kind}: ${JSON.stringify(said)} is refused, with what is wrong`, async () => {
    assert.match(String(await read(form, said)), problem);
  });
}

test("the model's schema is an object's, and the references within it lead where they led", async () => {
  const node = { $ref: "#/$defs/node" };
  const given = { ...node, $defs: { node: { type: "object", properties: { next: node, root: { $ref: "#" } } } } };
  const form = await openAnswerForm(schema(given));
  assert.deepEqual(form?.schema, {
    type: "object",
    properties: {
      answer: {
        $ref: "#/properties/answer/$defs/node",
        $defs: {
          node: {
            type: "object",
            properties: { next: { $ref: "#/properties/answer/$defs/node" }, root: { $ref: "#/properties/answer" } },
          },
        },
      },
    },
    required: ["answer"],
    additionalProperties: false,
  });
});
