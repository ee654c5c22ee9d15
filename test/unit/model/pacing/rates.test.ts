import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { MemoryPaceBoard } from "../../../../src/model/pacing/memory-pace-board.ts";
import { LimitedProvider } from "../../../fixtures/limited-provider/limited-provider.ts";
import { chanceOf, playLoad } from "./support.ts";

const RUNS = 8;
const TEAMS = 3;

interface Case {
  readonly name: string;
  readonly limitAt: (elapsedMs: number) => number;
  readonly announces: boolean;
  readonly saysWhen?: boolean;
  readonly minutes?: number;
  readonly used?: number;
  readonly refused?: number;
}

const shrinks = (elapsedMs: number) => (elapsedMs < 120_000 ? 600 : 300);
const growsAgain = (elapsedMs: number) => (elapsedMs < 120_000 || elapsedMs >= 240_000 ? 600 : 300);

const CASES: readonly Case[] = [
  { name: "a limit that is announced", limitAt: () => 600, announces: true },
  { name: "a limit that nobody tells", limitAt: () => 600, announces: false },
  { name: "a low limit, announced", limitAt: () => 60, announces: true, minutes: 8 },
  { name: "a low limit that nobody tells", limitAt: () => 60, announces: false, minutes: 8 },
  { name: "a limit that shrinks, announced", limitAt: shrinks, announces: true },
  { name: "a limit that shrinks and nobody tells", limitAt: shrinks, announces: false },
  { name: "a limit that shrinks and grows again, announced", limitAt: growsAgain, announces: true, minutes: 8 },
  { name: "a limit that shrinks and grows again, nobody tells", limitAt: growsAgain, announces: false, minutes: 8 },
  { name: "refusals that do not even say when", limitAt: () => 600, announces: false, saysWhen: false },
];

for (const { name, limitAt, announces, saysWhen = true, minutes = 6, used = 0.8, refused = 0.02 } of CASES) {
  test(`pacing, 8 runs of 3 teams: ${name}: at least 80% of the rate is used, under 2% refused, every team gets as much`, async () => {
    const clock = new VirtualClock();
    const provider = new LimitedProvider({ clock, limitAt, announces, saysWhen });
    const board = new MemoryPaceBoard();
    const boards = Array.from({ length: RUNS }, () => board);
    const chance = chanceOf(7);
    const done = await playLoad({ clock, boards, provider, teams: TEAMS, minutes, firstTokenMs: 400, chance });
    const share = provider.share(minutes);
    assert.ok(share.used >= used, `used ${share.used}`);
    assert.ok(share.refused < refused, `refused ${share.refused}`);
    assert.ok(provider.refused > 0, "the limit was met");
    assert.ok(Math.min(...done) > 0.85 * Math.max(...done), done.join(" "));
    assert.equal(clock.pending, 0, "no timer is left");
  });
}

test("slow first tokens are no refusal: a provider without limits is used as it comes", async () => {
  const clock = new VirtualClock();
  const provider = new LimitedProvider({ clock, limitAt: () => Infinity, announces: false, saysWhen: true });
  const boards = [new MemoryPaceBoard()];
  const done = await playLoad({
    clock,
    boards,
    provider,
    teams: 10,
    minutes: 4,
    firstTokenMs: 60_000,
    chance: () => 0.5,
  });
  assert.deepEqual(
    done,
    Array.from({ length: 10 }, () => 4),
  );
});

test("a limit of calls at once is found, and hardly met again", async () => {
  const clock = new VirtualClock();
  const limits = { limitAt: () => Infinity, concurrency: 5, announces: false, saysWhen: false };
  const provider = new LimitedProvider({ clock, ...limits });
  const board = new MemoryPaceBoard();
  await playLoad({
    clock,
    boards: [board, board],
    provider,
    teams: 12,
    minutes: 10,
    firstTokenMs: 1000,
    chance: chanceOf(3),
  });
  const later = provider.calls.filter(({ atMs }) => atMs > 120_000);
  const refused = later.filter(({ isTaken }) => !isTaken).length;
  // Five at once of a second each, at the most.
  assert.ok(later.length - refused > 0.8 * 5 * 480, `${later.length - refused} taken`);
  assert.ok(refused < 0.02 * later.length, `${refused} refused of ${later.length}`);
});

test("a limit in tokens that nobody tells is found as one of calls is", async () => {
  const clock = new VirtualClock();
  const limits = { limitAt: () => Infinity, tokensPerMinute: 60_000, announces: false, saysWhen: true };
  const provider = new LimitedProvider({ clock, ...limits });
  const board = new MemoryPaceBoard();
  await playLoad({
    clock,
    boards: [board, board],
    provider,
    teams: 6,
    minutes: 6,
    firstTokenMs: 400,
    chance: chanceOf(3),
  });
  const taken = provider.calls.filter(({ isTaken }) => isTaken).length;
  assert.ok(taken * 200 >= 0.8 * 6 * 60_000, `${taken} taken`);
  assert.ok(provider.refused < 0.02 * provider.calls.length, `${provider.refused} refused`);
});
