import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreAssistantBench, type JsonValue } from "../../../../src/bench/index.ts";
import { fixtureLines } from "../fixture.ts";

interface Case {
  readonly id: string;
  readonly prediction: string;
  readonly gold_answer: string;
  readonly expected: number;
  readonly note: string;
}

for (const { id, prediction, gold_answer, expected, note } of fixtureLines<Case>("scorers/assistantbench.jsonl")) {
  test(`as the official AssistantBench scorer: ${id}, ${note}`, () => {
    assert.equal(scoreAssistantBench(prediction, gold_answer), expected);
  });
}

test("as the official AssistantBench scorer on 2,500 random cases, to the last digit that a logarithm has", () => {
  const cases = fixtureLines<[string, string, number]>("scorers/assistantbench-random.jsonl");
  assert.equal(cases.length, 2_500);
  assert.ok(cases.filter(([, , expected]) => expected > 0 && expected < 1).length > 500, "most are not clear-cut");
  const other = cases.filter(
    ([prediction, gold, expected]) => Math.abs(scoreAssistantBench(prediction, gold) - expected) > 1e-14,
  );
  assert.deepEqual(other, []);
});

// What the original does with what is no text; worked out from its source, and tried on it.
const values: readonly [title: string, prediction: JsonValue, gold: string | string[], score: number][] = [
  ["a list of texts", ["b c", "a b"], "a b\nb c", 1],
  ["a gold list, not filtered", ["x"], ["x", "y"], 0.5],
  ["a number", 42, "42", 1],
  ["an int beyond all floats", `[${"9".repeat(400)}]`, "none true", 0],
  ["a list of one number, by its oversight a pair", [42], "(42.0, True)", 1],
  ["null", null, "None", 0],
  ["true", true, "True", 0],
  ["a record", { n: 1, m: "x y" }, '{"n": 1, "m": "x y"}', 1],
  ["no gold answer", "x", "", 0],
];
for (const [title, prediction, gold, score] of values) {
  test(`scores ${title}`, () => assert.equal(scoreAssistantBench(prediction, gold), score));
}

test("a text nested without end scores, too", () => {
  assert.equal(scoreAssistantBench("[".repeat(100_000), "x"), 0);
});
