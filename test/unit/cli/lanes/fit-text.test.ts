import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import stringWidth from "string-width";
import { fitEnd, fitText, widthOf } from "../../../../src/cli/lanes/fit-text.ts";

test("a text that fits stays as it is; a longer one is cut with an ellipsis, no character in half", () => {
  assert.equal(fitText("abc  def", 8), "abc  def");
  assert.equal(fitText("abcdefghi", 8), "abcdefg…");
  assert.equal(fitText("日本語の文", 6), "日本…");
  assert.equal(fitText("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  // What joins signs is not seen, and terminals differ in what they make of it.
  assert.equal(fitText("👨‍👩‍👧👨‍👩‍👧", 6), "👨 👩…");
  assert.equal(fitText("abc", 0), "");
  assert.equal(fitEnd("abcdefghi", 4), "…ghi");
  assert.equal(fitEnd("日本語", 4), "…語");
});

test("nothing in a text steers the screen or breaks the line", () => {
  assert.equal(fitText("a\u001b[31mb\u001b]0;t\u0007c\r\nd\u202ee\u2028f", 40), "abc d e f");
});

test("property: no text is wider than it may be, and none holds a control character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.integer({ min: 0, max: 80 }), (text, columns) => {
      for (const fitted of [fitText(text, columns), fitEnd(text, columns)]) {
        assert.ok(stringWidth(fitted) <= columns, `${stringWidth(fitted)} of ${columns}`);
        assert.equal(widthOf(fitted), stringWidth(fitted));
        assert.doesNotMatch(fitted, /\p{Cc}|\p{Cs}/u);
      }
    }),
  );
});

test("a text of megabytes is cut without being read to its end", () => {
  const text = "word ".repeat(2_000_000);
  assert.equal(fitText(text, 12), "word word w…");
  assert.equal(fitEnd(text, 7), "…d word");
});
