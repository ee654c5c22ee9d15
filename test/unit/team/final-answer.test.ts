import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { extractFinalAnswer } from "../../../src/team/final-answer.ts";

interface Case {
  readonly id: string;
  readonly console_log: string;
  readonly expected: string | null;
}

const cases = readFileSync(new URL("../../fixtures/scorers/extract.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

/** The scorer reads an answer that stands below its marker as an empty one; we read it. */
const KNOWINGLY_OTHER: Readonly<Record<string, string>> = { "ext-03": "17" };

for (const { id, console_log, expected } of cases) {
  test(`the paper's scorer and we read the same answer: ${id}`, () => {
    const ours = extractFinalAnswer(console_log) ?? null;
    assert.equal(ours, KNOWINGLY_OTHER[id] ?? expected);
  });
}

const replies: readonly [title: string, reply: string, answer: string | undefined][] = [
  ["on its line", "Reasoning.\nFINAL ANSWER: 17\nMore words.", "17"],
  ["in bold", "**FINAL ANSWER:** 17", "17"],
  ["all in bold", "**FINAL ANSWER: 17**", "17"],
  ["with the colon after the bold", "**FINAL ANSWER**: 17", "17"],
  ["in lower case at a line's start", "Thus:\nFinal answer: Paris", "Paris"],
  ["within a line, in capitals", "So the FINAL ANSWER: 3, 4", "3, 4"],
  ["prose about a final answer is none", "I can give the final answer: only after more work", undefined],
  ["the first of two", "FINAL ANSWER: 1\n\nUser: another one?\nFINAL ANSWER: 2", "1"],
  ["in backticks", "FINAL ANSWER: `x + 1`", "x + 1"],
  ["a list keeps its brackets", 'FINAL ANSWER: ["a b", "c"]', '["a b", "c"]'],
  ["several lines below the marker", "FINAL ANSWER:\n\n@mean[1]\n@median[2]\n\nThat is all.", "@mean[1]\n@median[2]"],
  ["fenced below the marker", "FINAL ANSWER:\n```\n17\n```\n", "17"],
  ["nothing at all", "", undefined],
];
for (const [title, reply, answer] of replies) {
  test(`the answer is read ${title}`, () => assert.equal(extractFinalAnswer(reply), answer));
}

test("R2: a reply that was cut off in its answer names none", () => {
  assert.equal(extractFinalAnswer("FINAL ANSWER: 12345", { cut: true }), undefined);
  assert.equal(extractFinalAnswer("FINAL ANSWER:\n12345", { cut: true }), undefined);
  assert.equal(extractFinalAnswer("FINAL ANSWER: 12345\nBecause", { cut: true }), "12345");
});
