import assert from "node:assert/strict";
import { test } from "node:test";
import { wrapLines } from "../src/wrap-lines.js";

test("a short text is one line", () => {
  assert.deepEqual(wrapLines("to be or not", 20), ["to be or not"]);
});

test("a text is broken at its spaces", () => {
  assert.deepEqual(wrapLines("to be  or\nnot to be", 9), ["to be or", "not to be"]);
});

test("no line is longer than the width", () => {
  for (let width = 3; width < 30; width += 1) {
    for (const line of wrapLines("to be or not to be, so to say", width)) assert.ok(line.length <= width, line);
  }
});

test("a word that is longer than the width has a line of its own", () => {
  assert.deepEqual(wrapLines("incomprehensible, he said", 8), ["incomprehensible,", "he said"]);
});
