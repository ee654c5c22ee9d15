import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { matchesGaia } from "../../../src/answers/gaia-rules.ts";

interface Case {
  readonly id: string;
  readonly model_answer: string;
  readonly ground_truth: string;
  readonly expected: boolean;
  readonly note: string;
}

const cases = readFileSync(new URL("../../fixtures/scorers/gaia.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

for (const { id, model_answer, ground_truth, expected, note } of cases) {
  test(`as the official GAIA scorer: ${id}, ${note}`, () => {
    assert.equal(matchesGaia(model_answer, ground_truth), expected);
  });
}
