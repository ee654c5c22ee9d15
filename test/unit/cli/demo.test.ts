import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesKnownAnswer } from "../../../src/cli/demo.ts";

const known = { words: ["southeast"], not: ["northeast", "southwest"], number: 34845, within: 0.01 };

test("the known answer is recognised however it is phrased", () => {
  for (const answer of ["southeast, 34844.997", "The Southeast, with $34,845.00", "southeast 34844.99682375"])
    assert.equal(matchesKnownAnswer(answer, known), true, answer);
});

test("another region, another number or half of the answer is wrong", () => {
  for (const answer of [
    "southwest, 34845.00",
    "southeast, 34835.00",
    "southeast",
    "34845",
    "northeast, not southeast: 34845.00",
    "southeast 29674 or 34845",
  ])
    assert.equal(matchesKnownAnswer(answer, known), false, answer);
});
