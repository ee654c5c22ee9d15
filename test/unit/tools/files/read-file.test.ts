import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, open, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { suite, test } from "node:test";
import { realClock } from "../../../../src/base/clock.ts";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import { fileTools } from "../../../../src/tools/files/file-tools.ts";
import { ToolBox } from "../../../../src/tools/tool-box.ts";
import { makeWorkspace } from "../workspace-bench.ts";

const execution = { signal: new AbortController().signal, live: () => {} };

/** A workspace, and a function that reads from it. */
async function makeReader() {
  const bench = await makeWorkspace();
  const box = new ToolBox({ tools: fileTools(), workspace: bench.workspace, clock: realClock });
  const read = (file: string, page?: number): Promise<ToolResult> =>
    box.execute("read-file", page === undefined ? { path: file } : { path: file, page }, execution);
  const at = (name: string) => path.join(bench.workspace.root, name);
  return { ...bench, read, at };
}

/** What one file with these bytes reads as. */
async function readOf(name: string, content: string | Uint8Array, page?: number): Promise<ToolResult> {
  await using reader = await makeReader();
  await writeFile(reader.at(name), content);
  return await reader.read(name, page);
}

suite("read-file: text", () => {
  test("a small file is one page", async () => {
    const { text, facts } = await readOf("notes.txt", "one\ntwo\n");
    assert.equal(text, "notes.txt: text (8 bytes)\none\ntwo\n");
    assert.deepEqual(facts, { path: "notes.txt", bytes: 8, page: 1, pages: 1 });
  });

  test("pages follow each other without gap or overlap and end at lines", async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${"é".repeat(index % 40)}\n`);
    await using reader = await makeReader();
    await writeFile(reader.at("long.txt"), lines.join(""));
    const pages = (await reader.read("long.txt")).facts["pages"];
    assert.ok(typeof pages === "number" && pages > 5);
    let whole = "";
    for (let page = 1; page <= pages; page += 1) {
      const { text } = await reader.read("long.txt", page);
      const content = text.slice(text.indexOf("\n") + 1);
      assert.match(content, /^line \d+ [\s\S]*\n$/);
      whole += content;
    }
    assert.equal(whole, lines.join(""));
    const beyond = await reader.read("long.txt", pages + 1);
    assert.match(beyond.text, /there is no page/);
  });

  test("a line longer than a page is cut between characters", async () => {
    await using reader = await makeReader();
    await writeFile(reader.at("line.txt"), "€".repeat(20_000));
    const { pages } = (await reader.read("line.txt")).facts;
    let whole = "";
    for (let page = 1; page <= Number(pages); page += 1) {
      const { text } = await reader.read("line.txt", page);
      whole += text.slice(text.indexOf("\n") + 1);
    }
    assert.equal(whole, "€".repeat(20_000));
  });

  test("a page of a file of 2 GB is read without reading the file", async () => {
    await using reader = await makeReader();
    const handle = await open(reader.at("huge.log"), "w");
    await handle.write("begin\n");
    await handle.close();
    await truncate(reader.at("huge.log"), 2 * 1024 ** 3);
    const end = await open(reader.at("huge.log"), "r+");
    await end.write("\nthe end\n", 2 * 1024 ** 3 - 9);
    await end.write("text ".repeat(20_000), 0);
    await end.close();
    const from = performance.now();
    const { facts } = await reader.read("huge.log");
    const last = await reader.read("huge.log", Number(facts["pages"]));
    assert.match(last.text, /the end\n$/);
    assert.ok(performance.now() - from < 2_000);
  });

  test("other encodings: UTF-16, Windows letters, a byte order mark, invalid bytes", async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("grüße\n", "utf16le")]);
    assert.match((await readOf("a.txt", utf16)).text, /read as utf-16le\)\ngrüße\n$/);
    assert.match(
      (await readOf("b.txt", Buffer.from("gr\xfc\xdfe\n", "latin1"))).text,
      /read as windows-1252\)\ngrüße\n$/,
    );
    assert.match((await readOf("c.txt", "\uFEFFmarked")).text, /\)\nmarked$/);
  });

  test("control sequences in a file do not reach a terminal", async () => {
    assert.match((await readOf("a.txt", "\u001b[2Jclean\u0007")).text, /\)\nclean$/);
  });
});

suite("read-file: tables", () => {
  test("the first page says rows, columns, types, ranges and gaps, after the first lines", async () => {
    const rows = Array.from(
      { length: 100 },
      (_, index) =>
        `${index},${index / 4},2024-01-${String((index % 28) + 1).padStart(2, "0")},${index % 2 === 0 ? "north" : "south"},`,
    );
    const { text, facts } = await readOf("sales.csv", `id,amount,day,region,note\n${rows.join("\n")}\n`);
    assert.deepEqual([facts["rows"], facts["columns"], facts["page"]], [100, 5, 1]);
    const lines = text.split("\n");
    assert.match(
      lines[0] ?? "",
      /^sales\.csv: a table of 100 rows and 5 columns, delimited by "," \([\d,]+ bytes, page 1 of 2\)/,
    );
    assert.deepEqual(lines.slice(1, 4), [
      "id,amount,day,region,note",
      "0,0,2024-01-01,north,",
      "1,0.25,2024-01-02,south,",
    ]);
    assert.match(
      text,
      /- id: integer, 0 to 99\n- amount: number, 0 to 24.75\n- day: date, "2024-01-01".*\n- region: text, "north", "south"\n- note: empty, 100 missing/,
    );
  });

  test("the next pages are the table's own text", async () => {
    const { text } = await readOf("a.csv", "x,y\n1,2\n", 2);
    assert.equal(text, "a.csv: text (8 bytes, page 2 of 2)\nx,y\n1,2\n");
  });

  test("semicolons, tabs, a mark at the start, quoted line ends and decimal commas are understood", async () => {
    const semicolons = await readOf("a.csv", '\uFEFFname;price\n"a;b";1,50\n"two\nlines";2,25\n');
    assert.match(semicolons.text, /2 rows and 2 columns, delimited by ";"/);
    assert.match(semicolons.text, /- name: text, "a;b", "two\\nlines"\n- price: number with a decimal comma/);
    assert.match((await readOf("a.tsv", "a\tb\n1\t2\n")).text, /1 rows and 2 columns, delimited by tabs/);
  });

  test("ragged rows and missing names are told", async () => {
    const ragged = await readOf("a.csv", "a,b,c\n1,2\n1,2,3,4\n1,2,3\n");
    assert.match(ragged.text, /2 rows have another number of cells/);
    assert.match(
      (await readOf("b.csv", "1,2\n3,4\n")).text,
      /2 rows and 2 columns[\s\S]*column 1: integer, 1 to 3[\s\S]*looks like data/,
    );
  });

  test("a table that is none is shown as text, with the reason", async () => {
    const { text } = await readOf("bad.csv", `a,b\n"never closed,1\n${"x,y\n".repeat(100)}`);
    assert.match(text, /can't be read as a table: Quote Not Closed/);
    assert.match(text, /never closed,1/);
  });

  test("one endless line costs neither time nor memory", async () => {
    const { text } = await readOf("line.csv", `"${"x".repeat(3_000_000)}`);
    assert.match(text, /can't be read as a table/);
    assert.ok(text.length < 30_000);
  });

  test("of a large table the rows are estimated", async () => {
    await using reader = await makeReader();
    const block = `12345678,${"x".repeat(490)}\n`.repeat(2_000);
    const handle = await open(reader.at("big.csv"), "w");
    await handle.write("number,name\n");
    for (let written = 0; written < 18 * 1024 ** 2; written += block.length) await handle.write(block);
    const { size } = await handle.stat();
    await handle.close();
    const { text, facts } = await reader.read("big.csv");
    assert.match(text, /a table of about /);
    assert.ok(Math.abs(Number(facts["rows"]) / (size / 500) - 1) < 0.01);
  });
});

suite("read-file: hostile folders", () => {
  test("what is no readable text costs a sentence", async () => {
    await using reader = await makeReader();
    const { at, read } = reader;
    await mkdir(at("folder"));
    await writeFile(at("empty.txt"), "");
    await writeFile(at("paper.pdf"), "%PDF-1.7 …");
    await writeFile(at("sheet.xlsx"), "PK\u0003\u0004…");
    await writeFile(at("raw.bin"), Buffer.from([1, 2, 0, 3]));
    const expected: [string, RegExp][] = [
      ["folder", /is a folder/],
      ["missing.txt", /There is no file/],
      ["empty.txt/below", /There is no file/],
      ["empty.txt", /is empty/],
      ["paper.pdf", /is a PDF document that can't be parsed: .*\. The terminal may do better\./],
      ["sheet.xlsx", /Excel/],
      ["raw.bin", /binary/],
    ];
    for (const [name, message] of expected) assert.match((await read(name)).text, message, name);
  });

  test("G4: neither links, devices nor paths lead out of the workspace", async () => {
    await using reader = await makeReader();
    const { at, read, folder } = reader;
    await writeFile(path.join(folder, "secret.txt"), "classified");
    await symlink(path.join(folder, "secret.txt"), at("link"));
    await symlink("/dev/zero", at("zero"));
    await symlink("loop", at("loop"));
    for (const name of ["link", "zero", "loop", "../../secret.txt", "/etc/passwd", path.join(folder, "secret.txt")]) {
      const { text, facts } = await read(name);
      assert.doesNotMatch(text, /classified|root:/);
      assert.ok(facts["error"], name);
    }
  });

  test("a FIFO without a writer is not waited for", async () => {
    await using reader = await makeReader();
    execFileSync("mkfifo", [reader.at("pipe")]);
    assert.match((await reader.read("pipe")).text, /not a regular file/);
  });

  test("a file that may not be read is told", async () => {
    await using reader = await makeReader();
    await writeFile(reader.at("closed"), "x");
    await chmod(reader.at("closed"), 0);
    await asOrdinaryUser([reader.at("."), reader.at("closed")], async () => {
      assert.match((await reader.read("closed")).text, /cannot be opened/);
    });
  });

  test("random bytes under any name never fail", async () => {
    for (const name of ["a.csv", "a.txt", "a"]) {
      for (let seed = 0; seed < 30; seed += 1) {
        const bytes = Buffer.from(
          Array.from({ length: 300 }, (_, index) => ((index * 7919 + seed * 104_729) % 251) + 1),
        );
        assert.ok((await readOf(name, bytes)).text.length > 0);
      }
    }
  });
});

/** Root may read anything: it steps back for the time of `work`, and owns the paths as whom it is then. */
async function asOrdinaryUser(paths: readonly string[], work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  for (const each of paths) await chown(each, 12_345, 12_345);
  process.seteuid?.(12_345);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
