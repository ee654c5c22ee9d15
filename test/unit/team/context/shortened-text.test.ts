import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateTokens } from "../../../../src/steps/prompt-size.ts";
import { shortenedText } from "../../../../src/team/context/shortened-text.ts";

const note = (left: number) => `[${left} left]`;

test("a text that fits stays the very same", () => {
  assert.equal(shortenedText("so it is", 10, note), "so it is");
});

test("a longer one keeps beginning and end, and tells exactly what is missing", () => {
  const text = Array.from({ length: 500 }, (_, index) => `line ${index}`).join("\n");
  const short = shortenedText(text, 100, note);
  assert.ok(estimateTokens(short) <= 100);
  const [, head = "", left, tail = ""] = /^([^]*)\[(\d+) left\]([^]*)$/.exec(short) ?? [];
  assert.ok(text.startsWith(head) && text.endsWith(tail) && head.length > tail.length);
  assert.equal(Number(left), text.length - head.length - tail.length);
});

test("hundreds of megabytes cost no more than what is kept of them", () => {
  const huge = "x".repeat(200_000_000);
  const began = performance.now();
  assert.ok(estimateTokens(shortenedText(huge, 1_000, note)) <= 1_000);
  assert.ok(performance.now() - began < 1_000);
});

test("no pair of surrogates is parted, and room for nothing gives nothing", () => {
  for (let tokens = 0; tokens < 60; tokens += 1) {
    const short = shortenedText("😀".repeat(400), tokens, note);
    assert.ok(short.isWellFormed() && estimateTokens(short) <= tokens, `${tokens}`);
  }
});
