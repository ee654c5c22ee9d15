import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
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
