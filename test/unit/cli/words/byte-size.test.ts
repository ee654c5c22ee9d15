import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { parseBytes, sizeText } from "../../../../src/cli/words/byte-size.ts";

for (const [text, bytes] of [
  ["0", 0],
  ["512", 512],
  ["512b", 512],
  ["1K", 1024],
  ["1.5 GiB", 1.5 * 1024 ** 3],
  ["20G", 20 * 1024 ** 3],
  ["500mb", 500 * 1024 ** 2],
  ["2T", 2 * 1024 ** 4],
] as const) {
  test(`a size of "${text}" is ${bytes} bytes`, () => assert.equal(parseBytes(text), bytes));
}

for (const text of ["", "G", "-1G", "1X", "1e3", "1 G G", "Infinity"]) {
  test(`"${text}" is no size, and it is said how to write one`, () => {
    assert.throws(
      () => parseBytes(text),
      (error) => error instanceof UsageError && error.code === "size" && /500M, 20G/.test(error.hint ?? ""),
    );
  });
}

test("sizes are told as people say them", () => {
  const told = [0, 1, 1023, 1024, 1536, 10_240, 1024 ** 2, 1.2 * 1024 ** 3, 3 * 1024 ** 4].map(sizeText);
  assert.deepEqual(told, ["0", "1", "1023", "1.0K", "1.5K", "10K", "1.0M", "1.2G", "3.0T"]);
});
