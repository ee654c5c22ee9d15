import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { parseStructured } from "../../../../src/model/structured/parse-structured.ts";

const entry = <Answer extends z.ZodType>(answer: Answer) => z.object({ reason: z.string(), answer });
const schema = z.object({ done: entry(z.boolean()), speaker: entry(z.string()) });
const VALUE = { done: { reason: "no result yet", answer: false }, speaker: { reason: "theirs", answer: "Coder" } };
const JSON_TEXT = JSON.stringify(VALUE, null, 2);

const READABLE: Record<string, string> = {
  bare: JSON_TEXT,
  "in a fence": `\`\`\`json\n${JSON_TEXT}\n\`\`\``,
  "in a fence that is never closed": `Here:\n\`\`\`json\n${JSON_TEXT}`,
  "in a fence with prose around it": `Sure, {as asked}:\n\n\`\`\`\n${JSON_TEXT}\n\`\`\`\nAnything else?`,
  "within prose": `My verdict {see below} is: ${JSON_TEXT}. I hope this helps {you}.`,
  "behind thinking aloud": `<think>Maybe {"done": true}? No.</think>${JSON_TEXT}`,
  "said twice alike": `\`\`\`json\n${JSON_TEXT}\n\`\`\`\nor\n\`\`\`json\n${JSON.stringify(VALUE)}\n\`\`\``,
  "with booleans as strings": JSON_TEXT.replace("false", '"False"'),
  "with Python's literals and quotes": JSON_TEXT.replace("false", "False").replaceAll('"', "'"),
  "with trailing commas and comments": JSON_TEXT.replace('"Coder"', '"Coder", // who codes'),
  "with keys of no interest": JSON_TEXT.replace("{", '{"note": 1,'),
  "in an envelope": JSON.stringify({ name: "ledger", arguments: VALUE }),
  "in an envelope of text": JSON.stringify({ name: "ledger", arguments: JSON_TEXT }),
  "as the one element of a list": `[${JSON_TEXT}]`,
};

for (const [how, text] of Object.entries(READABLE)) {
  test(`a ledger ${how} is read`, () => assert.deepEqual(parseStructured(text, schema), { ok: true, value: VALUE }));
}

const UNREADABLE: Record<string, readonly [string, RegExp]> = {
  empty: ["  \n", /it was empty/],
  null: ["null", /it was null/],
  prose: ["I think we should keep going.", /holds no JSON object/],
  "garbage with braces": ["so far {done: maybe} fine", /"done" must be object, not string; "speaker" is missing/],
  "without a key": [JSON.stringify({ done: VALUE.done }), /"speaker" is missing/],
  "without a nested key": [JSON_TEXT.replace('"answer": false', '"answr": false'), /"done\.answer" is missing/],
  "with a null": [JSON_TEXT.replace("false", "null"), /"done\.answer" must be boolean, not null/],
  "with a word for a boolean": [JSON_TEXT.replace("false", '"perhaps"'), /"done\.answer" must be boolean, not string/],
  truncated: [JSON_TEXT.slice(0, -20), /breaks off/],
  "truncated within a fence": [`\`\`\`json\n${JSON_TEXT.slice(0, -20)}`, /breaks off/],
  "two that differ": [`${JSON_TEXT}\n${JSON_TEXT.replace("false", "true")}`, /2 JSON objects that differ/],
  "nested without end": ['{"a":'.repeat(50_000) + "1" + "}".repeat(50_000), /damaged/],
  "without end": ["{".repeat(900_000), /breaks off/],
  "too long": ["x".repeat(1_000_001), /too long/],
};

for (const [how, [text, problem]] of Object.entries(UNREADABLE)) {
  test(`a ledger that is ${how} is refused in words for the model`, () => {
    const parsed = parseStructured(text, schema);
    assert.ok(!parsed.ok);
    assert.match(parsed.problem, problem);
  });
}

test("an inherited name in a reply is no value of the schema", () => {
  const odd = z.object({ constructor: z.boolean(), __proto__: z.boolean() });
  assert.equal(parseStructured('{"__proto__": {"polluted": "true"}}', odd).ok, false);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

/** Text in pieces that steer the reader: braces, quotes, fences, parts of a good reply. */
const replies = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "\\",
        "```",
        "```json\n",
        ":",
        ",",
        "null",
        "true",
        "<think>",
        "</think>",
      ),
      fc.constantFrom('"done":', '{"reason":"r","answer":', '"speaker":', JSON_TEXT),
      fc.string(),
      fc.json(),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

test("whatever a model says, reading it never throws, and what it reads meets the schema", () => {
  fc.assert(
    fc.property(replies, (reply) => {
      const parsed = parseStructured(reply, schema);
      if (parsed.ok) assert.ok(schema.safeParse(parsed.value).success);
      else assert.ok(parsed.problem.length > 0);
    }),
    { numRuns: 2000 },
  );
});

test("any value survives being fenced, or put into prose without braces", () => {
  const entryOf = <Answer>(answer: fc.Arbitrary<Answer>) =>
    fc.record({ reason: fc.string(), answer }, { noNullPrototype: true });
  const values = fc.record({ done: entryOf(fc.boolean()), speaker: entryOf(fc.string()) }, { noNullPrototype: true });
  const prose = fc.string().map((text) => text.replaceAll(/[{}`]/g, ""));
  fc.assert(
    fc.property(values, prose, fc.boolean(), (value, text, fenced) => {
      const json = JSON.stringify(value);
      if (json.includes("```") || json.includes("</think>")) return;
      const reply = fenced ? `${text}\n\`\`\`json\n${json}\n\`\`\`` : `${text}\n${json}\n${text}`;
      assert.deepEqual(parseStructured(reply, schema), { ok: true, value });
    }),
  );
});
