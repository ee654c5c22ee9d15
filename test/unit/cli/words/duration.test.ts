import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { clockText, describeAge, parseDuration, secondsText } from "../../../../src/cli/words/duration.ts";

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

test("a duration is said as an age, as a clock shows it, and as it was measured", () => {
  assert.deepEqual([1_000, 119_000, 7_200_000, 172_800_000].map(describeAge), [
    "1 second",
    "2 minutes",
    "2 hours",
    "2 days",
  ]);
  assert.deepEqual([7_000, 750_000, 11_045_000].map(clockText), ["0:07", "12:30", "3:04:05"]);
  assert.equal(secondsText(4_249), "4.2 s");
});
