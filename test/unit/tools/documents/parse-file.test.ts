import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { documentFormat } from "../../../../src/tools/documents/document-format.ts";
import { pdfPageText } from "../../../../src/tools/documents/parsers/pdf-layout.ts";

const FUZZ = fileURLToPath(new URL("../../../fixtures/fuzz-documents.ts", import.meta.url));

test("R4: documents with bytes changed by chance are read, or refused with an error; none hangs or crashes", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [FUZZ], { timeout: 120_000 });
  const ends = JSON.parse(stdout) as { read: number; refused: number; thrown: string[] };
  assert.ok(ends.read > 10 && ends.refused > 10, stdout);
  assert.deepEqual(ends.thrown, [], "nothing but errors is thrown");
});

test("a format is known by its mark; a name decides between kinds of text only", () => {
  const formatOf = (content: string, name: string) => documentFormat(Buffer.from(content, "latin1"), name);
  const cases = [
    ["%PDF-1.4", "a.txt", "pdf"],
    ["junk\n%PDF-1.4", "a", "pdf"],
    ["PK\x03\x04", "a.csv", "zip"],
    ["RIFF\0\0\0\0WEBPVP8 ", "a", "image"],
    ["RIFF\0\0\0\0WAVEfmt ", "a.webp", undefined],
    ["  <!-- hi --> <!DOCTYPE html><p>", "a.txt", "html"],
    ["<p>x</p>", "a.html", "html"],
    ["<p>x</p>", "a.md", undefined],
    [' {"a":1}', "a.json", "json"],
    ['{"a":1}', "a.txt", undefined],
    ["a,b\n1,2\n", "a.csv", undefined],
  ] as const;
  for (const [content, name, format] of cases) assert.equal(formatOf(content, name), format, `${content} ${name}`);
});

test("pieces of a PDF's page become lines, columns of a table its cells, two columns of text no table", () => {
  const piece = (str: string, x: number, y: number) => ({ str, x, y, width: str.length * 5, fontSize: 10 });
  assert.equal(
    pdfPageText([piece("Hello", 0, 100), piece("world", 28, 100), piece("below", 0, 88)]),
    "Hello world\nbelow",
  );
  const table = [piece("a", 0, 50), piece("b", 100, 50), piece("1", 0, 38), piece("2", 100, 38)];
  assert.equal(pdfPageText(table), "| a | b |\n| --- | --- |\n| 1 | 2 |");
  assert.equal(pdfPageText([piece("total", 0, 50), piece("99", 200, 50)]), "total  99");
  const columns = [
    piece("left one", 0, 50),
    piece("left two", 0, 38),
    piece("right one", 200, 50),
    piece("right two", 200, 38),
  ];
  assert.equal(pdfPageText(columns), "left one\nleft two\nright one\nright two");
});
