import assert from "node:assert/strict";
import { truncate, writeFile, readFile, symlink } from "node:fs/promises";
import { suite, test } from "node:test";
import { deflateRawSync, gzipSync } from "node:zlib";
import { writeXlsx } from "hucre";
import { Cancelled } from "../../../../src/base/errors.ts";
import { realClock } from "../../../../src/base/clock.ts";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { parseInProcess } from "../../../../src/tools/documents/parse-in-process.ts";
import { open } from "node:fs/promises";
import { DOCUMENTS, fileBench } from "./file-bench.ts";

/** A ZIP file made by hand, so that its members can be anything. */
function zipOf(members: Readonly<Record<string, Uint8Array>>, declared?: number): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = deflateRawSync(content, { level: 9 });
    const size = declared ?? content.byteLength;
    const local = Buffer.alloc(30);
    local.write("PK\x03\x04", "latin1");
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.write("PK\x01\x02", "latin1");
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    centrals.push(central, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** What a file with these bytes reads as: always a sentence, soon. */
async function readOf(name: string, bytes: Uint8Array | string, part?: string): Promise<string> {
  await using bench = await fileBench();
  await writeFile(bench.at(name), bytes);
  const { text } = await bench.read(name, 1, part);
  return text;
}

const SHEET = (dimension: string, cells: string) =>
  `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="${dimension}"/><sheetData>${cells}</sheetData></worksheet>`;

/** A workbook whose sheet is this XML. */
async function workbookWith(sheet: string | Uint8Array): Promise<Buffer> {
  const { openZip } = await import("../../../../src/tools/documents/parsers/zip-folder.ts");
  await using bench = await fileBench();
  const file = bench.at("plain.xlsx");
  await writeFile(file, await writeXlsx({ sheets: [{ name: "A", rows: [["x", 1]] }] }));
  const handle = await open(file);
  try {
    const zip = await openZip(handle.fd);
    const members: Record<string, Uint8Array> = {};
    for (const { name } of zip.entries) members[name] = await zip.read(name, 1024 ** 2);
    members["xl/worksheets/sheet1.xml"] = typeof sheet === "string" ? Buffer.from(sheet) : sheet;
    return zipOf(members);
  } finally {
    await handle.close();
  }
}

suite("R4: a bad or hostile file costs a message", () => {
  test("protected by a password", async () => {
    await using bench = await fileBench("encrypted.pdf", "encrypted.xlsx");
    for (const name of ["encrypted.pdf", "encrypted.xlsx"]) {
      const { text, facts } = await bench.read(name);
      assert.equal(text, `"${name}" is protected by a password. The terminal may do better.`);
      assert.equal(facts["error"], "document-encrypted");
    }
  });

  test("cut off in the middle", async () => {
    for (const name of [
      "report.pdf",
      "notes.docx",
      "book.xlsx",
      "old.xls",
      "bundle.zip",
      "bundle.tar.gz",
      "chart.png",
    ]) {
      const whole = await readFile(new URL(name, DOCUMENTS));
      const text = await readOf(name, whole.subarray(0, Math.floor(whole.length * 0.6)));
      assert.match(text, /^"?[a-z]+\.[a-z.]+"?[: ].+/, name);
      assert.ok(text.length < 4_000, name);
    }
  });

  test("garbage with the mark of a format", async () => {
    const garbage = Buffer.from(Array.from({ length: 4_000 }, (_, index) => (index * 7_919) % 256));
    for (const [name, mark] of [
      ["a.pdf", "%PDF-1.7\n"],
      ["a.docx", "PK\x03\x04"],
      ["a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"],
      ["a.gz", "\x1f\x8b\x08"],
      ["a.png", "\x89PNG\r\n\x1a\n"],
    ] as const) {
      const text = await readOf(name, Buffer.concat([Buffer.from(mark, "latin1"), garbage]));
      assert.match(text, new RegExp(`^"${name}" (can't be parsed|is |unpacks)`), text);
      assert.match(text, /The terminal may do better\.$/);
    }
  });

  test("a ZIP bomb is listed, not unpacked; its member is not read beyond a bound", async () => {
    const bomb = zipOf({ "zeros.txt": Buffer.alloc(100 * 1024 ** 2) });
    assert.ok(bomb.length < 200_000);
    assert.match(await readOf("bomb.zip", bomb), /a ZIP archive of 1 file, 104,857,600 bytes unpacked/);
    assert.match(await readOf("bomb.zip", bomb, "zeros.txt"), /unpacks to more than the 64 MiB that are read/);
    const liar = zipOf({ "zeros.txt": Buffer.alloc(100 * 1024 ** 2) }, 10);
    assert.match(await readOf("liar.zip", liar, "zeros.txt"), /can't be parsed: /);
    assert.match(await readOf("bomb.gz", gzipSync(Buffer.alloc(100 * 1024 ** 2))), /unpacks to more than the 64 MiB/);
  });

  test("a document that is a bomb", async () => {
    const types = Buffer.from('<?xml version="1.0"?><Types/>');
    const document = zipOf({
      "[Content_Types].xml": types,
      "word/document.xml": Buffer.alloc(600 * 1024 ** 2, 0x20),
    });
    assert.match(await readOf("bomb.docx", document), /^"bomb\.docx" (needs more|takes longer|can't be parsed)/);
  });

  test("a sheet that says it has 1,048,576 x 16,384 cells", async () => {
    const declared = SHEET("A1:XFD1048576", '<row r="1"><c r="A1"><v>7</v></c></row>');
    assert.match(await readOf("big.xlsx", await workbookWith(declared)), /"A": 1 row and 1 column/);
    const corners = `<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>`;
    const text = await readOf("corners.xlsx", await workbookWith(SHEET("A1:XFD1048576", corners)));
    assert.match(text, /^"corners\.xlsx" has a sheet that spans 1048576 rows and 16384 columns: too many cells\./);
  });

  test("a web page nested a hundred thousand deep", async () => {
    const page = `<!doctype html><body>${"<div>".repeat(100_000)}x`;
    assert.match(await readOf("deep.html", page), /has elements nested more than 1000 deep/);
  });

  test("a file of 2 GB: text by pages, an archive by its list, a document not at all", async () => {
    await using bench = await fileBench();
    await writeFile(bench.at("huge.pdf"), "%PDF-1.7\n");
    await truncate(bench.at("huge.pdf"), 2 * 1024 ** 3);
    assert.match((await bench.read("huge.pdf")).text, /is too large: files of its kind are read up to 100 MiB/);
    await writeFile(bench.at("huge.png"), "\x89PNG\r\n\x1a\n", "latin1");
    await truncate(bench.at("huge.png"), 2 * 1024 ** 3);
    assert.match((await bench.call("view-image", { path: "huge.png" })).text, /too large/);
  });

  test("links that lead out, folders and devices", async () => {
    await using bench = await fileBench();
    await symlink("/etc/passwd", bench.at("link.pdf"));
    await symlink("/dev/zero", bench.at("zero.pdf"));
    for (const tool of ["read-file", "view-image"]) {
      for (const name of ["link.pdf", "zero.pdf"]) {
        assert.match((await bench.call(tool, { path: name })).text, /is not a path inside the workspace/);
      }
    }
    assert.match((await bench.call("find-in-file", { path: ".", query: "x" })).text, /is a folder/);
  });
});

suite("R3: a parse that nobody wants any more ends at once", () => {
  test("its process is killed, and the call rejects with the reason", async () => {
    await using bench = await fileBench("report.pdf");
    const controller = new AbortController();
    const reading = bench.call("read-file", { path: "report.pdf" }, controller.signal);
    controller.abort(new Cancelled("test", "Enough."));
    await assert.rejects(reading, { code: "test" });
  });

  test("one team's end does not end it for another that waits for the same", async () => {
    await using bench = await fileBench("report.pdf");
    const controller = new AbortController();
    const first = bench.call("read-file", { path: "report.pdf" }, controller.signal);
    const second = bench.read("report.pdf", 11);
    controller.abort(new Cancelled("test", "Enough."));
    await assert.rejects(first, { code: "test" });
    assert.match((await second).text, /Ilse Brandt/);
  });

  test("many that wait for their turn let go at once", async () => {
    await using bench = await fileBench("report.pdf");
    const whole = await readFile(bench.at("report.pdf"));
    const controller = new AbortController();
    const readings: Promise<unknown>[] = [];
    for (let index = 0; index < 6; index += 1) {
      await writeFile(bench.at(`${index}.pdf`), Buffer.concat([whole, Buffer.from(`\n%${index}`)]));
      readings.push(bench.call("read-file", { path: `${index}.pdf` }, controller.signal));
    }
    controller.abort(new Cancelled("test", "Enough."));
    for (const end of await Promise.allSettled(readings)) {
      assert.ok(end.status === "rejected" && end.reason instanceof Cancelled);
    }
    // The places are free again.
    assert.match((await bench.read("report.pdf", 11)).text, /Ilse Brandt/);
  });

  test("one that takes too long is killed", async () => {
    const clock = new VirtualClock();
    const handle = await open(new URL("report.pdf", DOCUMENTS));
    try {
      const asked = { format: "pdf", name: "report.pdf", descriptor: handle.fd } as const;
      const parsing = parseInProcess(asked, { clock, signal: new AbortController().signal });
      await clock.advance(31_000);
      await assert.rejects(parsing, { code: "document-too-costly", message: /takes longer to parse than 30 s/ });
    } finally {
      await handle.close();
    }
  });
});

test("a parser's process has nothing of our environment and may write nothing", async () => {
  process.env["M1P_TEST_SECRET"] = "not for parsers";
  await using bench = await fileBench("report.pdf");
  const handle = await open(bench.at("report.pdf"));
  try {
    const asked = { format: "pdf", name: "report.pdf", descriptor: handle.fd } as const;
    const { hash, document } = await parseInProcess(asked, { clock: realClock, signal: new AbortController().signal });
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(document.sections.length, 17);
  } finally {
    delete process.env["M1P_TEST_SECRET"];
    await handle.close();
  }
});
