import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { SqlitePaceBoard } from "../../../../src/model/pacing/sqlite-pace-board.ts";
import { asking, pacerOn } from "./support.ts";

const NOW = 1_700_000_000_000;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-pacing-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function says(board: SqlitePaceBoard, words?: string): string {
  return board.update("a", NOW, (state) => (words === undefined ? state.pauseReason : (state.pauseReason = words)));
}

test("the file is its owner's, and made only when it is needed", (t) => {
  const folder = folderOf(t);
  const board = new SqlitePaceBoard(folder);
  assert.throws(() => statSync(path.join(folder, "pacing.db")));
  says(board, "slow");
  assert.equal(statSync(path.join(folder, "pacing.db")).mode & 0o777, 0o600);
  board.close();
  const again = new SqlitePaceBoard(folder);
  assert.equal(says(again), "slow");
  again.close();
});

test("a damaged file is made anew, and no call is the worse for it", (t) => {
  const folder = folderOf(t);
  writeFileSync(
    path.join(folder, "pacing.db"),
    "this is no database, whatever it is, and long enough to be read as one",
  );
  const board = new SqlitePaceBoard(folder);
  says(board, "slow");
  assert.equal(says(board), "slow");
  assert.equal(board.isCostly, true);
  board.close();
});

for (const kept of [
  "{",
  "null",
  '{"version":1}',
  '{"version":1,"members":{},"queue":[],"concurrency":{},"meters":{"requests":{}}}',
]) {
  test(`what is kept and makes no sense (${kept.slice(0, 13)}) is made anew`, async (t) => {
    const folder = folderOf(t);
    const clock = new VirtualClock();
    const board = new SqlitePaceBoard(folder);
    t.after(() => board.close());
    board.update("account", clock.now(), () => {});
    const file = new DatabaseSync(path.join(folder, "pacing.db"));
    file.prepare("UPDATE pace SET state = ?").run(kept);
    file.close();
    (await pacerOn(board, clock).enter(asking("team-1"))).leave();
    assert.equal(board.isCostly, true);
  });
}

test("whoever is stopped amid a look holds others up once, not at each of their calls", (t) => {
  const folder = folderOf(t);
  const board = new SqlitePaceBoard(folder);
  says(board, "slow");
  const holder = new DatabaseSync(path.join(folder, "pacing.db"));
  holder.exec("BEGIN IMMEDIATE");
  const began = performance.now();
  for (let call = 0; call < 20; call += 1) says(board);
  const took = performance.now() - began;
  assert.ok(took < 2_000, `${took.toFixed(0)} ms for 20 calls`);
  holder.exec("ROLLBACK");
  holder.close();
  assert.equal(
    board.update("a", NOW + 5_000, (state) => state.pauseReason),
    "slow",
    "and later all is shared again",
  );
  board.close();
});

test("a file that fails amid its use is given up, and that is said once", async (t) => {
  const folder = folderOf(t);
  const board = new SqlitePaceBoard(folder);
  says(board, "slow");
  const warnings: string[] = [];
  const hear = ({ message }: Error) => void warnings.push(message);
  process.on("warning", hear);
  t.after(() => process.off("warning", hear));
  const file = new DatabaseSync(path.join(folder, "pacing.db"));
  file.exec("DROP TABLE pace");
  file.close();
  assert.equal(says(board, "slower"), "slower");
  says(board, "slow");
  assert.equal(says(board), "slow");
  assert.equal(board.isCostly, false);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(warnings.length, 1);
});

test("where there can be no file the process paces by itself, and says so once", async (t) => {
  const folder = folderOf(t);
  writeFileSync(path.join(folder, "file"), "");
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  const board = new SqlitePaceBoard(path.join(folder, "file", "below"));
  says(board, "slow");
  assert.equal(says(board), "slow");
  assert.match((await warned).message, /cannot share.*paces by itself/);
});

test("a run that died amid a call and a wait holds up nobody for longer than its lease", async (t) => {
  const folder = folderOf(t);
  const clock = new VirtualClock();
  const [dead, alive] = [new SqlitePaceBoard(folder), new SqlitePaceBoard(folder)];
  t.after(() => alive.close());
  // Its clock stands still: none of its timers comes, as when its process was killed.
  const stopped = new VirtualClock();
  const pacer = pacerOn(dead, stopped, { concurrency: 1 });
  await pacer.enter(asking("team-1"));
  pacer.enter(asking("team-2")).catch(() => {});
  dead.close();
  const next = pacerOn(alive, clock, { concurrency: 1 }).enter(asking("team-1"));
  await clock.advance(5000);
  assert.equal(clock.pending, 1, "it waits still");
  await clock.advance(2000);
  (await next).leave();
  assert.equal(clock.pending, 0);
});
