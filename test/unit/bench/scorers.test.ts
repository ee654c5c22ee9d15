import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonFloat } from "../../../src/answers/python-float.ts";
import { extractFinalAnswer, scoreGaia } from "../../../src/bench/index.ts";
import { floatRepr } from "../../../src/bench/python/repr.ts";
import { fixtureLines } from "./fixture.ts";

interface ExtractCase {
  readonly id: string;
  readonly console_log: string;
  readonly expected: string | null;
}

for (const { id, console_log, expected } of fixtureLines<ExtractCase>("scorers/extract.jsonl")) {
  test(`the final answer in a log is the one that the paper's scorer reads: ${id}`, () => {
    assert.equal(extractFinalAnswer(console_log) ?? null, expected);
  });
}

test("the first final answer counts, and one whose line does not end is none", () => {
  assert.equal(extractFinalAnswer("So the FINAL ANSWER: 1\nFINAL ANSWER: 2\n"), "1");
  assert.equal(extractFinalAnswer("FINAL ANSWER: 1"), undefined);
});

test("as the official GAIA scorer on 2,500 random cases", () => {
  const cases = fixtureLines<[string, string, boolean]>("scorers/gaia-random.jsonl");
  assert.ok(cases.filter(([, , right]) => right).length > 1_000, "about half are right");
  assert.deepEqual(
    cases.filter(([answer, truth, right]) => scoreGaia(answer, truth) !== right),
    [],
  );
});

test("numbers are read and printed as Python does, on 2,500 random texts", () => {
  const cases = fixtureLines<[string, string | null]>("scorers/python-numbers.jsonl");
  const printed = (text: string) => {
    const number = pythonFloat(text);
    return number === undefined ? null : floatRepr(number);
  };
  assert.deepEqual(
    cases.filter(([text, expected]) => printed(text) !== expected),
    [],
  );
});
