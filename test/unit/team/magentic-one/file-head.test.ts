import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { realClock } from "../../../../src/base/clock.ts";
import { fileHead } from "../../../../src/team/magentic-one/prompts/rules.ts";
import { rulesExamples } from "../../../../src/team/magentic-one/prompts/rules-examples.ts";
import { DocumentShelf } from "../../../../src/tools/documents/document-shelf.ts";
import { readFileTool } from "../../../../src/tools/files/read-file.ts";
import { Workspace } from "../../../../src/tools/workspace/workspace.ts";
import { TASK_WITH_FILE } from "../support/play-team.ts";

const PAGE = `sales.csv: a table of 1,310 rows and 2 columns, delimited by "," (17,204 bytes, page 1 of 3). It begins:
day,sum
1,10
2,20
3,30
4,40
5,50

Columns:
- day: integer, 1 to 31
- sum: number, 5.5 to 99
The first line looks like data, not like names of columns.`;

test("of a table a small model sees what it is, three rows, and all that is known of its columns", () => {
  assert.equal(
    fileHead(PAGE),
    `sales.csv: a table of 1,310 rows and 2 columns, delimited by ",". It begins:
day,sum
1,10
2,20
3,30

Columns:
- day: integer, 1 to 31
- sum: number, 5.5 to 99
The first line looks like data, not like names of columns.`,
  );
});

test("an encoding that a program must name stays", () => {
  const page = PAGE.replace("page 1 of 3", "page 1 of 3, read as windows-1252");
  assert.match(fileHead(page), /delimited by "," \(read as windows-1252\)\. It begins/);
});

test("a worked example shows its table as the task's is shown", () => {
  const example = rulesExamples(TASK_WITH_FILE)[0]?.content.split("\n\nQuestion:")[0] ?? "";
  const form = (head: string) =>
    head
      .replaceAll(/^- \w+: (integer|number|boolean|text), .*$/gm, "- column")
      .replaceAll(/^\w+(,[\w.]+)+$/gm, "row")
      .replaceAll(/[\d,]+ (?=rows|columns)/g, "n ")
      .replace(/^\w+/, "name");
  const theirs = fileHead(PAGE.replace(/\nThe first line.*/, ""));
  assert.deepEqual(new Set(form(example).split("\n")), new Set(form(theirs).split("\n")));
});

test("wide tables keep room for their columns, and several files share what there is", () => {
  const wide = `w.csv: a table of 2 rows and 300 columns, delimited by ",". It begins:\n${"x,".repeat(2000)}\n\nColumns:\n- x: integer`;
  assert.match(fileHead(wide), /…\n\nColumns:\n- x: integer$/);
  const text = `a.txt: text (9,000 bytes)\n${"one line of it\n".repeat(1000)}`;
  assert.ok(fileHead(text).length > 800);
  assert.ok(fileHead(text, 3).length <= 800);
});

test("the pages that the tool really writes are cut the same way", async () => {
  const runDirectory = await mkdtemp(path.join(tmpdir(), "m1p-head-"));
  try {
    const workspace = await Workspace.create({ runDirectory, team: "team-1" });
    const bytes = await readFile(new URL("../../../../examples/insurance.csv", import.meta.url));
    await workspace.place([{ name: "insurance.csv", bytes }]);
    const { signal } = new AbortController();
    const context = { workspace, signal, clock: realClock, live: () => {}, idempotencyKey: "" };
    const { text } = await readFileTool(new DocumentShelf()).call({ path: "insurance.csv" }, context);
    const [title, ...body] = fileHead(text).split("\n");
    assert.equal(title, 'insurance.csv: a table of 1,338 rows and 7 columns, delimited by ",". It begins:');
    assert.equal(body.indexOf("Columns:"), 5, "names, three rows, a blank line");
    assert.ok(body.some((line) => line.startsWith("- smoker: ")));
  } finally {
    await rm(runDirectory, { recursive: true });
  }
});
