import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { MemoryPaceBoard } from "../../src/model/pacing/memory-pace-board.ts";
import type { PaceBoard } from "../../src/model/pacing/pace-board.ts";
import { SqlitePaceBoard } from "../../src/model/pacing/sqlite-pace-board.ts";
import { LimitedProvider } from "../fixtures/limited-provider/limited-provider.ts";
import { asking, chanceOf, pacerOn, playLoad } from "../unit/model/pacing/support.ts";

/** Makes so many boards over one state, each as another process or run has it. */
type Boards = (t: TestContext, count: number) => readonly PaceBoard[];

const BOARDS: Readonly<Record<string, Boards>> = {
  "in the process": (_, count) => {
    const board = new MemoryPaceBoard();
    return Array.from({ length: count }, () => board);
  },
  "in a data directory": (t, count) => {
    const folder = mkdtempSync(path.join(tmpdir(), "m1p-pacing-"));
    const boards = Array.from({ length: count }, () => new SqlitePaceBoard(folder));
    t.after(() => {
      for (const board of boards) board.close();
      rmSync(folder, { recursive: true, force: true });
    });
    return boards;
  },
};

for (const [name, boardsOf] of Object.entries(BOARDS)) {
  test(`a pace board ${name}: what one changes all see, a key at a time`, (t) => {
    const [one, other] = boardsOf(t, 2);
    const now = 1_700_000_000_000;
    one?.update("a", now, (state) => void (state.pauseReason = "slow"));
    assert.equal(
      other?.update("a", now, (state) => state.pauseReason),
      "slow",
    );
    assert.equal(
      other?.update("b", now, (state) => state.pauseReason),
      "",
    );
  });

  test(`a pace board ${name}: what was known is forgotten when nobody called for long, a pause is not`, (t) => {
    const [board] = boardsOf(t, 1);
    const now = 1_700_000_000_000;
    board?.update("a", now, (state) => {
      state.pauseReason = "slow";
      state.pausedUntil = now + 7_200_000;
    });
    const reason = (at: number) => board?.update("a", at, (state) => state.pauseReason);
    assert.equal(reason(now + 3_600_000), "slow");
    assert.equal(reason(now + 7_300_000), "");
  });

  test(`a pace board ${name}: a clock that is set back keeps nobody waiting for what it was ahead`, async (t) => {
    const clock = new VirtualClock();
    const [board] = boardsOf(t, 1);
    assert.ok(board);
    const pacer = pacerOn(board, clock, { requestsPerMinute: 2 });
    const place = await pacer.enter(asking("team-1"));
    const announced = { tokens: { limit: 1_000, remaining: 0, resetMs: 2_000 } };
    place.refuse({ cause: "requests", retryAfterMs: 2_000, announced, words: "refused" });
    clock.setWallClock(-400_000);
    const gone: string[] = [];
    const enter = (call: string) => pacer.enter(asking("team-1")).then((each) => (gone.push(call), each.leave()));
    const both = Promise.all([enter("second"), enter("third")]);
    await clock.advance(10_000);
    assert.deepEqual(gone, ["second"], "a person's own limit of two holds all the same");
    await clock.advance(70_000);
    await both;
    assert.equal(clock.pending, 0);
  });

  test(`a pace board ${name}: a run that died holds neither a place nor a turn for long`, async (t) => {
    const clock = new VirtualClock();
    const [one, other] = boardsOf(t, 2).map((board) => pacerOn(board, clock, { concurrency: 1 }));
    await one?.enter(asking("dead"));
    // It has no timers, as a process that died has none.
    one?.[Symbol.dispose]();
    const next = other?.enter(asking("alive"));
    await clock.advance(8000);
    (await next)?.leave();
    assert.equal(clock.pending, 0);
  });

  test(`a pace board ${name}: four runs on it use what is allowed and are hardly refused`, async (t) => {
    const clock = new VirtualClock();
    const provider = new LimitedProvider({ clock, limitAt: () => 240, announces: false, saysWhen: true });
    const boards = boardsOf(t, 4);
    await playLoad({ clock, boards, provider, teams: 2, minutes: 3, firstTokenMs: 300, chance: chanceOf(11) });
    const { used, refused } = provider.share(3);
    assert.ok(used >= 0.8, `used ${used}`);
    assert.ok(refused < 0.02, `refused ${refused}`);
  });
}
