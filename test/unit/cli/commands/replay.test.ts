import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { main } from "../../../../src/cli/main.ts";

const RECORDED = fileURLToPath(new URL("../../../../src/cli/replay/recorded-race.jsonl", import.meta.url));
const lines = readFileSync(RECORDED, "utf8").trimEnd().split("\n");

interface Played {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function play(t: TestContext, content: string | undefined, ...flags: readonly string[]): Promise<Played> {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-replay-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "race.jsonl");
  if (content !== undefined) writeFileSync(file, content);
  const written = { stdout: "", stderr: "" };
  const exitCode = await main(["replay", file, "--speed", "max", ...flags], {
    stdout: { write: (text) => void (written.stdout += text) },
    stderr: { write: (text) => void (written.stderr += text) },
    color: false,
    columns: undefined,
    environment: { M1P_DATA_DIR: folder },
    directory: folder,
  });
  return { exitCode, ...written };
}

test("a file that someone sent is played in lines, all labelled, and its answer told", async (t) => {
  for (const content of [lines.join("\n"), `\uFEFF${lines.join("\r\n")}\r\n\r\n`]) {
    const { exitCode, stdout, stderr } = await play(t, content);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^\nsoutheast, 34844\.997\n\nteam-2 answered first/);
    for (const line of stderr.trimEnd().split("\n")) assert.match(line, /^REPLAY {2}(race|team-\d) +\d+\.\ds {2}\S/);
  }
});

test("--from: what was before is known and not told", async (t) => {
  const { stderr } = await play(t, lines.join("\n"), "--from", "70");
  assert.doesNotMatch(stderr, /3 teams on one task/);
  assert.match(stderr, /^REPLAY {2}team-2 +40\.5s {2}answers/m);
  const late = await play(t, lines.join("\n"), "--from", "77");
  assert.equal(late.exitCode, 2);
  assert.match(late.stderr, /The recording has 76 events, and none from 77 on\./);
});

test("of a damaged file what is whole is played, then the line is named; exit 2", async (t) => {
  const cut = await play(t, `${lines.slice(0, 9).join("\n")}\n${lines[9]?.slice(0, 50)}`);
  assert.equal(cut.exitCode, 2);
  assert.match(
    cut.stderr,
    /facts and plan are written\n[^]*m1p: Line 10 of .* is cut off or damaged; what is before it is whole\.\n {2}Whoever has/,
  );
  const doubled = await play(t, [...lines.slice(0, 9), ...lines.slice(4)].join("\n"));
  assert.match(doubled.stderr, /Line 10 of .* is event 5, after event 9: lines are doubled or mixed up\./);
});

test("what is no recording of a run is told so, in a sentence each", async (t) => {
  for (const [content, message] of [
    ["region,charges\nsoutheast,3\n", /Line 1 of .* is no JSON: this is no recording of a run\./],
    ['{"name":"m1-parallel"}\n', /Line 1 of .* is no event of a run\./],
    [
      lines.slice(4).join("\n"),
      /Line 1 of .* is no beginning of a run but a "task-ledger-written" from the middle of one\./,
    ],
    ["", /There is no event in .*race\.jsonl\./],
    ["\0\u0001\u0002binary", /is no JSON/],
    [lines.join("\n").replace('"formatVersion":1', '"formatVersion":99'), /was written by a newer m1-parallel/],
    [undefined, /There is no file .*race\.jsonl\.\n {2}Name a file of events/],
  ] as const) {
    const { exitCode, stdout, stderr } = await play(t, content);
    assert.notEqual(exitCode, 0);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.equal(stdout, "");
  }
});

test("a recording that ends before the decision says so", async (t) => {
  const { exitCode, stderr } = await play(t, lines.slice(0, 40).join("\n"));
  assert.equal(exitCode, 0);
  assert.match(stderr, /The recording ends before the race was decided\.\n$/);
});
