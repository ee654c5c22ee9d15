import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { M1Error } from "../../../src/base/errors.ts";
import { canonicalJson } from "../../../src/steps/canonical-json.ts";

suite("a canonical text of JSON data", () => {
  test("S4: is the same however keys are ordered, and another for other data", () => {
    assert.equal(canonicalJson({ b: [1, { d: null, c: "x" }], a: true }), '{"a":true,"b":[1,{"c":"x","d":null}]}');
    assert.equal(canonicalJson({ a: 1, b: 2 }), canonicalJson({ b: 2, a: 1 }));
    assert.notEqual(canonicalJson(["1"]), canonicalJson([1]));
  });

  test("the example of RFC 8785: keys by UTF-16 units, numbers and strings as JavaScript writes them", () => {
    const keys = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
    const sorted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"];
    const members = sorted.map((key) => `${JSON.stringify(key)}:0`);
    assert.equal(canonicalJson(Object.fromEntries(keys.map((key) => [key, 0]))), `{${members.join(",")}}`);
    assert.equal(
      canonicalJson([333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0]),
      "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
    );
  });

  test("what JSON has no word for is left out of objects and null in lists, as JSON does it", () => {
    assert.equal(canonicalJson({ a: undefined, b: [undefined] }), '{"b":[null]}');
  });

  test("a lone surrogate, as a model's text may have it, is escaped", () => {
    assert.equal(canonicalJson("a\ud83d"), String.raw`"a\ud83d"`);
  });

  test("what is nested too deep is refused in words", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 200_000; depth += 1) deep = [deep];
    assert.throws(
      () => canonicalJson(deep),
      (error) => error instanceof M1Error && error.code === "event-unwritable",
    );
  });
});
