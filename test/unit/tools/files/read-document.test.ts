import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { writeOds } from "hucre";
import { fileBench } from "./file-bench.ts";

const TABLE = [
  "| Region | Quarter | Revenue |",
  "| --- | --- | --- |",
  "| North | Q1 | 1200 |",
  "| South | Q1 | 950 |",
  "| North | Q2 | 1310 |",
  "| South | Q2 | 1022 |",
].join("\n");

/** Markdown with its cells' padding taken away. */
const unpadded = (text: string) => text.replaceAll(/ +\|/g, " |");

suite("read-file: documents", () => {
  test("a PDF is read page by page; its tables are kept", async () => {
    await using bench = await fileBench("report.pdf");
    const first = await bench.read("report.pdf");
    assert.match(
      first.text,
      /^report\.pdf: a PDF document of 17 pages \(11,041 bytes, page 1 of 17\)\n\(title: Harbour/,
    );
    assert.equal(first.facts["pages"], 17);
    const third = await bench.read("report.pdf", 3);
    assert.match(
      third.text,
      /^report\.pdf: a PDF document of 17 pages \(11,041 bytes, page 3 of 17\)\nHarbour report, chap/,
    );
    assert.ok(third.text.includes(TABLE), third.text);
    const beyond = await bench.read("report.pdf", 18);
    assert.equal(beyond.text, '"report.pdf" has 17 pages; there is no page 18.');
  });

  test("a Word document is Markdown: headings, lists and tables kept", async () => {
    await using bench = await fileBench("notes.docx");
    const { text } = await bench.read("notes.docx");
    assert.match(
      text,
      /^notes\.docx: a Word document \(36,878 bytes\)\n# Meeting notes\n\nPresent: Ada, Boris, Chidi\.\n/,
    );
    assert.match(text, /^- +buy rope$/m);
    assert.ok(unpadded(text).includes(TABLE), text);
  });

  test("a workbook lists its sheets; a sheet is read by its name, its head on each page", async () => {
    await using bench = await fileBench("book.xlsx");
    const { text, facts } = await bench.read("book.xlsx");
    assert.match(text, /an Excel workbook of 4 sheets \(14,046 bytes, page 1 of 6: its sheets\)/);
    assert.match(
      text,
      /- "Staff list": 401 rows and 3 columns\n- "Empty": empty\n- "Codes": 1 row and 2 columns, hidden/,
    );
    assert.equal(facts["sheets"], 4);
    const sales = await bench.read("book.xlsx", 1, "Sales");
    assert.ok(
      sales.text.endsWith("\nRegion,Quarter,Revenue\nNorth,Q1,1200\nSouth,Q1,950\nNorth,Q2,1310\nSouth,Q2,1022"),
    );
    const staff = await bench.read("book.xlsx", 2, "Staff list");
    assert.match(staff.text, /page 2 of 2.*\)\nName,Dock,Since\n"Worker \d+, docker",\d+,200\d-\d\d-\d\d\n/);
    const missing = await bench.read("book.xlsx", 1, "Budget");
    assert.match(missing.text, /has no part "Budget"\. Its parts are: its sheets, sheet "Sales", sheet "Staff list"/);
  });

  test("other workbooks and slides are read, too", async () => {
    await using bench = await fileBench("old.xls", "slides.pptx");
    await writeFile(
      bench.at("open.ods"),
      await writeOds({
        sheets: [
          {
            name: "Tides",
            rows: [
              ["h", 7],
              ["l", 19],
            ],
          },
        ],
      }),
    );
    assert.match((await bench.read("open.ods", 1, "Tides")).text, /of a spreadsheet of 1 sheet .*\)\nh,7\nl,19$/);
    assert.match((await bench.read("old.xls", 2)).text, /sheet "Sales"\)\nRegion,Quarter,Revenue\nNorth,Q1,1200/);
    assert.match((await bench.read("slides.pptx", 2)).text, /page 2 of 2: slide 2\)\nSlide 2\nA second crane & a lamp/);
  });

  test("a web page is Markdown without its scripts and styles", async () => {
    await using bench = await fileBench("page.html");
    const { text } = await bench.read("page.html");
    assert.ok(unpadded(text).includes(TABLE), text);
    assert.match(text, /\(title: Dock prices\)\n# Dock prices\n\nValid from \*\*May\*\*\./);
    assert.match(text, /\[more\]\(https:\/\/example\.org\/more\)/);
    assert.doesNotMatch(text, /alert|color:red/);
  });

  test("JSON comes with an outline; what is none is shown as text, and said so", async () => {
    await using bench = await fileBench();
    await writeFile(bench.at("a.json"), '{"ships":[{"name":"Ada","t":12},{"name":"Bo","t":9}],"ok":true}');
    const { text } = await bench.read("a.json");
    assert.match(
      text,
      /Outline:\nobject of 2 keys\n {2}ships: array of 2\n {4}each like: object of 2 keys\n {6}name: string/,
    );
    assert.match(text, /Content:\n\{\n "ships": \[\n/);
    await writeFile(bench.at("b.json"), '{"ships": [1, 2');
    assert.match((await bench.read("b.json")).text, /can't be read as JSON[\s\S]*\{"ships": \[1, 2/);
    await writeFile(bench.at("deep.json"), "[".repeat(200_000) + "]".repeat(200_000));
    assert.match(
      (await bench.read("deep.json")).text,
      /^deep\.json: (a JSON document|text that can't be read as JSON)/,
    );
  });

  test("an archive is listed, and a member read by its name, without unpacking the rest", async () => {
    await using bench = await fileBench("bundle.zip", "bundle.tar.gz");
    const { text } = await bench.read("bundle.zip");
    assert.match(text, /a ZIP archive of 3 files, 11,105 bytes unpacked/);
    assert.match(text, /readme\.txt {2}36 bytes\ndata\/prices\.csv {2}28 bytes\npapers\/report\.pdf {2}11,041 bytes/);
    assert.match((await bench.read("bundle.zip", 1, "readme.txt")).text, /under the third stone/);
    const inner = await bench.read("bundle.zip", 11, "papers/report.pdf");
    assert.match(inner.text, /^bundle\.zip, papers\/report\.pdf: a PDF document.*page 11 of 17\)[\s\S]*Ilse Brandt/);
    assert.match((await bench.read("bundle.zip", 1, "../etc/passwd")).text, /has no member/);
    assert.match(
      (await bench.read("bundle.tar.gz")).text,
      /a tar archive of 2 files.*\n[\s\S]*logs\/two\.log {2}7 bytes/,
    );
    assert.match((await bench.read("bundle.tar.gz", 1, "logs/two.log")).text, /second/);
  });

  test("a picture says what it is, and can be made ready to be looked at", async () => {
    const pictures = [
      ["chart.png", "image/png", "PNG"],
      ["chart.jpg", "image/jpeg", "JPEG"],
      ["chart.gif", "image/gif", "GIF"],
      ["chart.webp", "image/webp", "WebP"],
    ] as const;
    await using bench = await fileBench(...pictures.map(([name]) => name), "notes.docx");
    for (const [name, mediaType, kind] of pictures) {
      assert.match((await bench.read(name)).text, new RegExp(`a ${kind} picture of 320 x 200 pixels`));
      const { facts } = await bench.call("view-image", { path: name });
      const { blob, ...known } = facts;
      assert.match(String(blob), /^blob-\d$/);
      assert.deepEqual(known, { path: name, mediaType, width: 320, height: 200 });
    }
    assert.equal(bench.kept.length, 4);
    assert.match((await bench.call("view-image", { path: "notes.docx" })).text, /is no picture/);
  });

  test("what a file is goes by its bytes, not by its name", async () => {
    await using bench = await fileBench("report.pdf");
    const { rename } = await import("node:fs/promises");
    await rename(bench.at("report.pdf"), bench.at("table.csv"));
    assert.match((await bench.read("table.csv")).text, /^table\.csv: a PDF document of 17 pages/);
  });

  test("a document reads the same each time: it is journaled", async () => {
    await using one = await fileBench("notes.docx", "report.pdf");
    await using two = await fileBench("notes.docx", "report.pdf");
    for (const name of ["notes.docx", "report.pdf"]) assert.deepEqual(await one.read(name), await two.read(name));
  });
});

suite("find-in-file and search-files", () => {
  test("hits come with their pages, any case, any white space, * for anything", async () => {
    await using bench = await fileBench("report.pdf");
    const found = await bench.call("find-in-file", { path: "report.pdf", query: "harbour  MASTER is" });
    assert.match(found.text, /^report\.pdf \(17 pages\): 1 hit for "harbour  MASTER is":\n- page 11: .*Ilse Brandt/);
    assert.match((await bench.call("find-in-file", { path: "report.pdf", query: "south*1022" })).text, /- page 3: /);
    const none = await bench.call("find-in-file", { path: "report.pdf", query: "submarine (" });
    assert.equal(none.text, '"submarine (" is not in report.pdf (17 pages).');
  });

  test("many hits come a few at a time", async () => {
    await using bench = await fileBench("report.pdf");
    const first = await bench.call("find-in-file", { path: "report.pdf", query: "chapter" });
    assert.match(first.text, /34 hits for "chapter", 1 to 15 of them:[\s\S]*The next ones come with "after": 15\.$/);
    const last = await bench.call("find-in-file", { path: "report.pdf", query: "chapter", after: 30 });
    assert.match(last.text, /31 to 34 of them:\n(- page \d+: .*\n?){4}$/);
  });

  test("a text's hits name the pages that read-file shows, a table's too", async () => {
    await using bench = await fileBench();
    const lines = Array.from({ length: 4_000 }, (_, index) => `row ${index},${index * 7}\n`).join("");
    for (const name of ["long.txt", "long.csv"]) {
      await writeFile(bench.at(name), lines);
      const { facts } = await bench.call("find-in-file", { path: name, query: "row 3456," });
      assert.match((await bench.read(name, Number(facts["page"]))).text, /row 3456,/);
    }
  });

  test("a sheet's hits count its own pages", async () => {
    await using bench = await fileBench("book.xlsx");
    const { text } = await bench.call("find-in-file", { path: "book.xlsx", query: "worker 399", part: "Staff list" });
    assert.match(text, /\(2 pages\): 1 hit .*\n- page 2: /);
  });

  test("all files are searched, and those that can't be are named", async () => {
    await using bench = await fileBench("report.pdf", "notes.docx", "encrypted.pdf");
    await writeFile(bench.at("note.txt"), "ask Ilse Brandt about it");
    const { text, facts } = await bench.call("search-files", { query: "ilse brandt" });
    assert.match(text, /^2 of 4 files have "ilse brandt":\n- note\.txt, page 1: ask.*\n- report\.pdf, page 11: /);
    assert.match(text, /Not searched, since they can't be read or are large: encrypted\.pdf\.$/);
    assert.deepEqual(facts, { files: 4, found: 2 });
  });
});
