import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { parseDuration } from "../../../../src/cli/words/duration.ts";

for (const [text, milliseconds] of [
  ["300ms", 300],
  ["90s", 90_000],
  ["10m", 600_000],
  ["1.5h", 5_400_000],
  ["30d", 2_592_000_000],
  ["0.5s", 500],
  ["45", 45_000],
  ["2 m", 120_000],
  [" 90s ", 90_000],
] as const) {
  test(`a duration of "${text}" is ${milliseconds} ms`, () => {
    assert.equal(parseDuration(text), milliseconds);
  });
}

for (const text of [
  "",
  " ",
  "soon",
  "s",
  "0",
  "0s",
  "-5s",
  "+5s",
  "1e3",
  "5x",
  "5 S",
  "1h30m",
  ".5s",
  "5.",
  "Infinity",
]) {
  test(`"${text}" is no duration, and it is said how to write one`, () => {
    assert.throws(
      () => parseDuration(text),
      (error) =>
        error instanceof UsageError &&
        error.code === "duration" &&
        error.message === `"${text}" is no duration.` &&
        error.hint === "Write it like 90s, 10m, 1.5h or 30d.",
    );
  });
}

test("a duration too long for a number is none", () => {
  assert.throws(() => parseDuration("9".repeat(400)), UsageError);
});
