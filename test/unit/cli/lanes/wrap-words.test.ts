import assert from "node:assert/strict";
import { test } from "node:test";
import { wrapWords } from "../../../../src/cli/lanes/wrap-words.ts";

test("a text is broken at its words, its own lines are kept, and a word that is too long is broken", () => {
  assert.equal(wrapWords("team-1 answered first\n\nafterwards", 10), "team-1\nanswered\nfirst\n\nafterwards");
  assert.equal(wrapWords("a".repeat(12), 10), `${"a".repeat(10)}\naa`);
});

test("no line is longer than a person reads with ease, and a hang takes its columns off", () => {
  const words = "word ".repeat(60).trim();
  for (const [columns, hang, most] of [
    [300, 0, 100],
    [40, 8, 32],
  ] as const)
    for (const line of wrapWords(words, columns, hang).split("\n")) assert.ok(line.length <= most, line);
});
