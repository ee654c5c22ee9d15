import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { LanesTeller } from "../../../../src/cli/lanes/lanes-teller.ts";
import type { Terminal } from "../../../../src/cli/terminal.ts";
import { recorded } from "../replay/recorded.ts";
import { decided, ended, modelStep, raceOf, type Scoped } from "./race-events.ts";
import { TestScreen } from "./screen.ts";

interface Bench {
  readonly clock: VirtualClock;
  readonly screen: TestScreen;
  readonly teller: LanesTeller;
  /** What went to standard output where that is no screen. */
  readonly piped: () => string;
  readonly take: (...events: readonly Scoped[]) => void;
}

function bench({ isPiped }: { readonly isPiped: boolean }): Bench {
  const [clock, screen] = [new VirtualClock(), new TestScreen(80, 24)];
  let piped = "";
  const terminal: Terminal = {
    stdout: isPiped ? { write: (text) => void (piped += text) } : screen,
    stderr: screen,
    color: false,
    screen: !isPiped,
    columns: 80,
    environment: {},
    directory: "",
  };
  const teller = new LanesTeller(terminal, { screen, clock });
  let taken: Scoped[] = [];
  const take = (...events: readonly Scoped[]) => {
    const before = taken.length;
    taken = [...taken, ...events];
    for (const event of recorded(...taken).slice(before)) teller.take(event);
  };
  return { clock, screen, teller, piped: () => piped, take };
}

const finished: Scoped = {
  type: "run-finished",
  outcome: "answered",
  answer: "42",
  why: "Because.",
  winner: "team-1",
  findings: null,
  latencyMs: 61_000,
  runId: "run-1",
  usage: { calls: 1, tokens: 1, cachedTokens: 0, costUsd: 0, estimated: false },
  afterWin: { callsBegun: 0, callsAborted: 1, tokens: 0, quietMs: 9, stillAlive: [] },
  effects: "none",
  teams: [],
};
const race = [...raceOf(2), modelStep("team-1", "Coder"), modelStep("team-2", "Coder")];
const won = [ended("team-1", "answered", "It is so.", "42"), decided("team-1", "42")];

test("lanes are drawn at most ten times a second, however much happens", async () => {
  const { clock, screen, teller, take } = bench({ isPiped: false });
  take(...race);
  for (let piece = 0; piece < 1_000; piece += 1) {
    teller.live({ type: "text-streamed", key: "team-1/Coder/1", text: `word ${piece} ` });
    await clock.advance(1);
  }
  const frames = screen.written.split("\u001B[?7l").length - 1;
  assert.ok(frames >= 8 && frames <= 11, `${frames} frames in a second`);
  teller.close();
});

test("on one screen the losers are seen going out, then come the summary and the answer", async () => {
  const { clock, screen, teller, take } = bench({ isPiped: false });
  take(...race, ...won);
  await clock.advance(300);
  assert.match(await screen.text(), /WINS "42"[^]*is stopped/);
  assert.doesNotMatch(await screen.text(), /Because/);
  take(ended("team-2", "stopped", "Stopped: team-1 answered."), finished);
  assert.match(
    await screen.text(),
    /^What is six times seven\?\n {2}team [^]*\n✓ team-1 .* wins: 42\n {2}team-2 .* stopped\n/,
  );
  assert.match(await screen.text(), /answered after 1:01 · .*1 call cut off\nrun run-1\n\n42\n\nBecause\.$/);
  assert.equal(screen.hasCursor, true);
  teller.close();
  assert.deepEqual([clock.pending, screen.listeners], [0, 0]);
});

test("a loser that does not end keeps the answer back for little more than half a second", async () => {
  const { clock, screen, teller, take } = bench({ isPiped: false });
  take(...race, ...won);
  await clock.advance(599);
  assert.doesNotMatch(await screen.text(), /Because/);
  await clock.advance(1);
  assert.match(await screen.text(), /\n42\n\nBecause\.$/);
  take(finished);
  assert.match(await screen.text(), /Because\.\nrace .* quiet 9 ms after/);
  teller.close();
  assert.equal(clock.pending, 0);
});

test("where the answer goes elsewhere it is there at once, once, and the lanes go on", async () => {
  const { clock, screen, teller, piped, take } = bench({ isPiped: true });
  take(...race, ...won);
  assert.equal(piped(), "42\n\nBecause.\n");
  await clock.advance(5_000);
  assert.match(await screen.text(), /WINS "42"/);
  take(finished);
  teller.close();
  assert.equal(piped(), "42\n\nBecause.\n");
  assert.doesNotMatch(await screen.text(), /Because/);
});

test("what others say meanwhile stands above the lanes, and nothing is drawn after the end", async () => {
  const { clock, screen, teller, take } = bench({ isPiped: false });
  take(...race);
  await clock.advance(200);
  teller.stderr.write("\nStopping all teams\n");
  await clock.advance(200);
  assert.match(await screen.text(), /^\nStopping all teams\nWhat is six times seven\?\n/);
  teller.close();
  teller.stderr.write("the end\n");
  const text = await screen.text();
  teller.live({ type: "text-streamed", key: "team-1/Coder/1", text: "more" });
  await clock.advance(1_000);
  assert.equal(await screen.text(), text);
  assert.match(text, /\nthe end$/);
});

test("a screen that is resized is drawn anew at once, without litter", async () => {
  const { clock, screen, teller, take } = bench({ isPiped: false });
  screen.write("$ m1p solve\n");
  take(...race);
  await clock.advance(200);
  for (const [columns, rows] of [
    [30, 24],
    [160, 24],
    [80, 12],
    [20, 8],
  ] as const) {
    await screen.resize(columns, rows);
    const text = await screen.text();
    assert.equal(text.match(/▌ team-2/g)?.length, 1, text);
    for (const line of text.split("\n")) assert.ok(line.length <= columns, line);
  }
  teller.close();
});
