import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { KeptOutput } from "../../../../src/tools/sandbox/kept-output.ts";

suite("kept output", () => {
  test("what fits is kept as it is", () => {
    const kept = new KeptOutput(10);
    for (const text of ["abc", "", "defg", "hij"]) kept.add(text);
    assert.deepEqual([kept.text(), kept.cut, kept.total], ["abcdefghij", false, 10]);
  });

  test("of more, beginning and end are kept, and how much is missing is said", () => {
    const kept = new KeptOutput(10);
    kept.add("0123456789".repeat(1000));
    assert.equal(kept.text(), "01234\n[… 9,990 bytes of output left out here …]\n56789");
    assert.ok(kept.cut);
  });

  test("no character is cut in two, whatever comes in whatever pieces", () => {
    const pieces = fc.array(fc.constantFrom("a", "é", "€", "🎉", "xyz"), { maxLength: 60 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 40 }), (parts, limit) => {
        const kept = new KeptOutput(limit);
        for (const part of parts) kept.add(part);
        const whole = parts.join("");
        if (!kept.cut) return assert.equal(kept.text(), whole);
        const [head = "", tail = ""] = kept.text().split(/\n\[… .* …\]\n/);
        assert.ok(whole.startsWith(head));
        assert.ok(whole.endsWith(tail));
        assert.ok(Buffer.byteLength(head + tail) <= limit + 1);
      }),
    );
  });
});
