import assert from "node:assert/strict";
import { test } from "node:test";
import { shortIdOf, uuidOf } from "../../../src/base/ids.ts";

test("a name-based UUID is the same for the same names, in whatever process, and another for others", () => {
  assert.equal(uuidOf("run", "effect"), "bc49d1c8-4cf1-8880-a80a-970ddbcc30ef");
  assert.notEqual(uuidOf("run", "effect"), uuidOf("runeffect"));
  assert.notEqual(uuidOf("a", "b,c"), uuidOf("a,b", "c"));
});

test("a short id is fit to be typed, the same for the same names", () => {
  assert.equal(shortIdOf("run", "subject", "1"), shortIdOf("run", "subject", "1"));
  const ids = new Set(Array.from({ length: 5_000 }, (_, index) => shortIdOf("run", String(index))));
  assert.equal(ids.size, 5_000);
  for (const id of ids) assert.match(id, /^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/);
});
