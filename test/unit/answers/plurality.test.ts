import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { normaliseAnswer } from "../../../src/answers/normalise.ts";
import { plurality } from "../../../src/answers/plurality.ts";

interface Vote {
  readonly id: number;
  /** Null where a system gave none. */
  readonly answers: readonly (string | null)[];
  readonly expected_vote: string;
}

const votes = readFileSync(new URL("../../fixtures/votes/gsm8k-votes.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Vote);

test("of 638 times four real answers, the plurality is the one that was counted elsewhere", () => {
  assert.equal(votes.length, 638);
  for (const { id, answers, expected_vote } of votes) {
    const given = answers.filter((answer) => answer !== null);
    assert.equal(given[plurality(given.map(normaliseAnswer)) ?? -1], expected_vote, `question ${id}`);
  }
});

test("the answer that most gave wins, by its first giver", () => {
  assert.equal(plurality(["a", "B", "b.", "c"].map(normaliseAnswer)), 1);
});

test("ties go to the earlier answer", () => {
  assert.equal(plurality(["x", "y", "y", "x"]), 0);
});

test("no answers, no plurality", () => {
  assert.equal(plurality([]), undefined);
});

const alike: readonly [string, string][] = [
  ["$1,234.50", "1234.5"],
  ["17%", " 17.0"],
  ["-0", "0"],
  ["New  York!", "new york"],
  ["A, B", "a,b"],
  ["$1, 2%", "1;2"],
  ["1,000,000 dollars", "1000000 Dollars."],
  ["NaN", "nan"],
];
const apart: readonly [string, string][] = [
  ["-1", "1"],
  ["+", "-"],
  ["1,5", "15"],
  ["1, 2, 3", "123"],
  ["b, a", "a, b"],
  ["Paris, 1,000", "Paris1000"],
  ["naïve", "naive"],
  ["banana", "inf"],
  ["a", "a,"],
];
for (const [one, other] of alike) {
  test(`"${one}" and "${other}" are the same answer`, () => {
    assert.equal(normaliseAnswer(one), normaliseAnswer(other));
  });
}
for (const [one, other] of apart) {
  test(`"${one}" and "${other}" are two answers`, () => {
    assert.notEqual(normaliseAnswer(one), normaliseAnswer(other));
  });
}
