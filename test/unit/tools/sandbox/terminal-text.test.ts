import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { plainText, TerminalText } from "../../../../src/tools/sandbox/terminal-text.ts";

function inChunks(bytes: Buffer, size: number): string {
  const terminal = new TerminalText();
  let text = "";
  for (let start = 0; start < bytes.length; start += size) text += terminal.push(bytes.subarray(start, start + size));
  return text + terminal.end();
}

suite("terminal text", () => {
  test("colours, titles, links, cursor movements and bells are gone; text, tabs and line ends stay", () => {
    const escape = "\u001b";
    const given = `a${escape}[31;1mred${escape}[0m\r\nb\rc${escape}]0;title\u0007d${escape}]8;;http://x${escape}\\link${escape}]8;;${escape}\\\te${escape}(Bf\u0008\u0000g\u009b1mh`;
    assert.equal(plainText(given), "ared\nb\ncdlink\tefgh");
  });

  test("however the bytes are cut, the text is the same", () => {
    const pieces = fc.constantFrom(
      "a",
      "é",
      "🎉",
      "\r",
      "\n",
      "\u001b[",
      "31m",
      "\u001b]0;",
      "\u0007",
      "\u001b\\",
      "\u001b",
      "[",
      ";",
      "x",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), fc.integer({ min: 1, max: 9 }), (parts, size) => {
        const bytes = Buffer.from(parts.join(""));
        assert.equal(inChunks(bytes, size), inChunks(bytes, 10_000));
      }),
    );
  });

  test("no control character but line feed and tab is ever left", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
        assert.doesNotMatch(inChunks(Buffer.from(bytes), size), /[^\P{Cc}\n\t]/u);
      }),
    );
  });

  test("a sequence that never ends does not hide what follows", () => {
    const text = plainText(`\u001b]0;${"hidden ".repeat(400)}`);
    assert.match(text, /hidden/);
  });

  test("bytes that are not UTF-8 are shown as replacement characters", () => {
    const terminal = new TerminalText();
    assert.equal(terminal.push(Buffer.from([0x61, 0xff, 0x62, 0xc3])) + terminal.end(), "a\uFFFDb\uFFFD");
  });
});
