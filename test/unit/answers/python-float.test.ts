import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonFloat } from "../../../src/answers/python-float.ts";

const read: readonly [string, number | undefined][] = [
  ["17", 17],
  ["\u00a0-1_000.5e1_0\n", -1000.5e10],
  ["5.", 5],
  [".5", 0.5],
  ["٣٤", 34],
  ["𝟏𝟖𝟘", 180],
  ["-inf", -Infinity],
  ["Infinity", Infinity],
  ["1e400", Infinity],
  ["nan", Number.NaN],
  ["", undefined],
  [".", undefined],
  ["1__0", undefined],
  ["_1", undefined],
  ["1_.5", undefined],
  ["0x10", undefined],
  ["1 0", undefined],
  ["−5", undefined],
  ["½", undefined],
  ["\ufeff1", undefined],
];

for (const [text, number] of read) {
  test(`Python's float reads ${JSON.stringify(text)} as ${number}`, () => assert.equal(pythonFloat(text), number));
}
