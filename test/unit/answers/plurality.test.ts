import assert from "node:assert/strict";
import { test } from "node:test";
import { normaliseAnswer } from "../../../src/answers/normalise.ts";
import { plurality } from "../../../src/answers/plurality.ts";

test("the answer that most gave wins, by its first giver", () => {
  assert.equal(plurality(["a", "B", "b.", "c"]), 1);
});

test("ties go to the earlier answer", () => {
  assert.equal(plurality(["x", "y", "y", "x"]), 0);
});

test("no answers, no plurality", () => {
  assert.equal(plurality([]), undefined);
});

test("numbers compare by value, text without case, spaces and punctuation", () => {
  assert.equal(normaliseAnswer("$1,234.50"), normaliseAnswer("1234.5"));
  assert.equal(normaliseAnswer("New  York!"), normaliseAnswer("new york"));
  assert.notEqual(normaliseAnswer("-1"), normaliseAnswer("1"));
  assert.notEqual(normaliseAnswer("+"), normaliseAnswer("-"));
});
