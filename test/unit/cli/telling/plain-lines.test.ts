import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { PlainLines } from "../../../../src/cli/telling/plain-lines.ts";
import { FullText } from "../../../../src/cli/telling/full-text.ts";
import { describeUsage } from "../../../../src/cli/words/usage-text.ts";
import { recorded, started } from "../replay/recorded.ts";

const terminalStep = {
  type: "step-started",
  scope: "team-1",
  key: "team-1/ComputerTerminal/1",
  agent: "ComputerTerminal",
  request: "r",
  step: {
    kind: "tool",
    tool: "terminal",
    arguments: { language: "python", code: "a = 1\nprint(a)\n" },
    effect: "workspace",
    egress: [] as string[],
  },
} as const;

function linesOf(color: boolean, columns: number | undefined, ...events: ReturnType<typeof recorded>): string[] {
  const lines = new PlainLines({ color, columns });
  return events.flatMap((event) => lines.render(event));
}

test("the beginning tells the task in one line, the files, the run and each team; a rehearsal is labelled", () => {
  assert.deepEqual(linesOf(false, undefined, ...recorded(started)), [
    "race       0.0s  2 teams on one task, policy first-answer: What is six times seven?",
    "race       0.0s  files: a.csv",
    "race       0.0s  run run-1",
    "race       0.0s  REHEARSAL: a scripted model plays, no real one",
    "team-1     0.0s  scripted/x.json, orchestrator: full-ledger, temperature 0.7",
    "team-2     0.0s  scripted/x.json, orchestrator: full-ledger, temperature 0.7",
  ]);
});

test("a program's run is told when it begins and by its exit code when it ends", () => {
  const finished = {
    type: "step-finished",
    scope: "team-1",
    key: terminalStep.key,
    status: "succeeded",
    result: { text: "1", facts: { exitCode: 0, timedOut: false } },
    attempts: 1,
    durationMs: 320,
  } as const;
  assert.deepEqual(linesOf(false, undefined, ...recorded(started, terminalStep, finished)).slice(-2), [
    "team-1     1.0s  ComputerTerminal: runs 2 lines of python",
    "team-1     2.0s  ComputerTerminal: exit code 0 after 0.3 s",
  ]);
});

test("lines are cut to the screen, and never lead it astray", () => {
  const spoke = {
    type: "agent-spoke",
    scope: "team-1",
    key: "k",
    agent: "Coder",
    text: "\u001b[2J\u0007é\n".repeat(80),
  } as const;
  for (const columns of [40, 80]) {
    const last = linesOf(false, columns, ...recorded(started, spoke)).at(-1) ?? "";
    assert.ok([...last].length < columns, `${[...last].length} of ${columns}`);
    assert.match(last, /…$/);
    assert.doesNotMatch(last, /[\p{Cc}]/u);
  }
});

test("colour is there only when wanted, and takes nothing of the text", () => {
  const [plain] = linesOf(false, 80, ...recorded(started));
  const [colored] = linesOf(true, 80, ...recorded(started));
  assert.notEqual(colored, plain);
  assert.equal(stripVTControlCharacters(colored ?? ""), plain);
});

test("the end tells what was used, and what the end itself cost", () => {
  const finished = {
    type: "run-finished",
    outcome: "answered",
    answer: "42",
    why: "",
    winner: "team-1",
    findings: null,
    latencyMs: 1,
    runId: "run-1",
    usage: { calls: 5, tokens: 1200, cachedTokens: 0, costUsd: null, estimated: true },
    afterWin: { callsBegun: 0, callsAborted: 2, tokens: 30, quietMs: 12, stillAlive: ["team-2/3"] },
    effects: "none",
    teams: [],
  } as const;
  const events = recorded(started, {
    ...finished,
    afterWin: { ...finished.afterWin, stillAlive: ["team-2/3"] },
    teams: [],
  });
  assert.equal(
    linesOf(false, undefined, ...events).at(-1),
    "race       1.0s  5 model calls, 1200 tokens (partly estimated), price unknown; quiet 12 ms after the decision, 2 calls cut off, 0 begun; still alive: team-2/3",
  );
});

test("a compaction is told in one line with what it did, and shown in full with the digest", () => {
  const compacted = {
    type: "context-compacted",
    scope: "team-1",
    key: "team-1/Orchestrator/9",
    window: 8000,
    tokensBefore: 4712,
    tokensAfter: 980,
    dropped: 31,
    shortened: 31,
    digest: "Messages 2 to 31 are no longer shown here.",
  } as const;
  const { digest, ...cut } = { ...compacted, dropped: 0 };
  const lines = linesOf(false, 160, ...recorded(started, compacted, cut)).slice(-2);
  assert.deepEqual(lines, [
    "team-1     1.0s  Orchestrator: makes room: messages up to 31 give way to a digest; about 4.7k -> 980 tokens, the model takes 8k",
    "team-1     2.0s  Orchestrator: makes room: long messages up to 31 are cut; about 4.7k -> 980 tokens, the model takes 8k",
  ]);
  const full = new FullText({ color: false });
  const shown = recorded(started, compacted).flatMap((event) => full.render(event));
  assert.ok(shown.includes(digest));
});

test("tokens that a provider had in its cache are told", () => {
  const usage = { calls: 12, tokens: 34_000, cachedTokens: 20_000, costUsd: 0.1, estimated: false };
  assert.equal(describeUsage(usage), "12 model calls, 34000 tokens, 20000 of them from the provider's cache, $0.1000");
});
