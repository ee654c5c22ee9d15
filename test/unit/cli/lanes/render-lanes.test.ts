import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import stringWidth from "string-width";
import { renderLanes } from "../../../../src/cli/lanes/render-lanes.ts";
import { renderSummary } from "../../../../src/cli/lanes/render-summary.ts";
import { plainLine } from "../../../../src/cli/lanes/screen-line.ts";
import { decided, ended, modelStep, raceOf, screenText, stepEnd, turn, viewOf, type Scoped } from "./race-events.ts";

const limits = { usd: 0.5, deadlineMs: 600_000 };
/** Three teams: one writes, one stalls and has a new plan, one runs a program. */
const amid: readonly Scoped[] = [
  ...raceOf(3, { limits }),
  modelStep("team-1", "Coder"),
  stepEnd("team-1", "Coder", 12_400, 0.021),
  ...turn("team-1", 4, "Coder", "Write a program that reads a.csv and prints the mean of each column."),
  modelStep("team-1", "Coder", 2),
  ...turn("team-2", 2, "WebSurfer", "Look the year up."),
  {
    type: "task-ledger-written",
    scope: "team-2",
    key: "team-2/Orchestrator/5",
    ledger: { facts: "f", plan: "p" },
    replan: 1,
  },
  {
    type: "stall-counted",
    scope: "team-2",
    key: "team-2/Orchestrator/6",
    stalls: 2,
    limit: 3,
    reason: "It goes in circles.",
  },
  modelStep("team-2", "Orchestrator"),
  ...turn("team-3", 11, "ComputerTerminal", "Run it."),
  {
    type: "step-started",
    scope: "team-3",
    key: "team-3/ComputerTerminal/1",
    agent: "ComputerTerminal",
    request: "r",
    step: {
      kind: "tool",
      tool: "terminal",
      arguments: { language: "python", code: "a\nb" },
      effect: "workspace",
      egress: [],
    },
  },
];

function frame(columns: number, rows: number, events = amid): string {
  const view = viewOf(...events);
  view.applyLive({ type: "text-streamed", key: "team-1/Coder/2", text: "import csv\nrows = " }, view.time);
  return screenText(renderLanes(view, { columns, rows }, { now: view.time + 2_500, beat: 0 }));
}

test("lanes at 80 columns", () => {
  assert.equal(
    frame(80, 24),
    `What is six times seven?
3 teams · first-answer · full-ledger · openai/gpt-5 · a.csv
0:18 · 12.4k tokens · $0.0210 of $0.50 · 9:41 left

▌ team-1  turn 4   12.4k tok  $0.0210  0:17
▌   ⠋ Coder writes 0:10 · import csv rows =
▌   asked of Coder: Write a program that reads a.csv and prints the mean of eac…
▌ team-2  turn 2       0 tok       $0  0:16  stall 2 of 3  re-plan 1
▌   ⠋ Orchestrator thinks 0:05
▌   asked of WebSurfer: Look the year up.
▌ team-3  turn 11      0 tok       $0  0:15
▌   ⠋ ComputerTerminal runs 2 lines of python 0:02
▌   asked of ComputerTerminal: Run it.

 0:11 team-2 new facts and plan (re-plan 1)
 0:12 team-2 stall 2 of 3: It goes in circles.`,
  );
});

test("lanes at 160 columns", () => {
  assert.equal(
    frame(160, 40),
    `What is six times seven?
3 teams · first-answer · full-ledger · openai/gpt-5 · a.csv
0:18 · 12.4k tokens · $0.0210 of $0.50 · 9:41 left

▌ team-1  turn 4   12.4k tok  $0.0210  0:17  ⠋ Coder writes 0:10 · import csv rows =
▌ asked of Coder: Write a program that reads a.csv and prints the mean of each column.
▌ team-2  turn 2       0 tok       $0  0:16  stall 2 of 3  re-plan 1  ⠋ Orchestrator thinks 0:05
▌ asked of WebSurfer: Look the year up.
▌ team-3  turn 11      0 tok       $0  0:15  ⠋ ComputerTerminal runs 2 lines of python 0:02
▌ asked of ComputerTerminal: Run it.

 0:11 team-2 new facts and plan (re-plan 1)
 0:12 team-2 stall 2 of 3: It goes in circles.`,
  );
});

test("lanes at 20 columns", () => {
  assert.equal(
    frame(20, 10),
    `What is six times s…
0:18 · 12.4k tok · …
▌ team-1 ⠋ Coder wr…
▌ team-2 ⠋ Orchestr…
▌ team-3 ⠋ Computer…

 0:11 team-2 new fa…
 0:12 team-2 stall …`,
  );
});

test("a screen of two lines has where the race stands", () => {
  assert.equal(frame(60, 2), "0:18 · 12.4k tokens · $0.0210 of $0.50 · 9:41 left");
});

test("the win is lit, the losers go out, and no meaning is by colour alone", () => {
  const won = [...amid, ended("team-1", "answered", "It is proven.", "42"), decided("team-1", "42")];
  const text = frame(80, 24, [...won, ended("team-2", "stopped", "Stopped: team-1 answered.")]);
  assert.match(text, /· team-1 wins\n/);
  assert.match(text, /▌ team-1 .*\n▌ {3}WINS "42"\n▌ team-2 .*\n▌ {3}stopped\n▌ team-3 .*\n▌ {3}is stopped\n/);
  const view = viewOf(...won);
  const lines = renderLanes(view, { columns: 80, rows: 24 }, { now: view.time });
  const tones = (team: string) => lines.find((line) => plainLine(line).includes(team))?.map(({ tone }) => tone);
  assert.deepEqual([...new Set(tones("▌ team-1"))], ["win", "plain"]);
  assert.deepEqual([...new Set(tones("▌ team-3"))], ["faint"]);
});

test("what a watcher must know is said: rehearsals, no sandbox, waits, checks, questions, the end that was asked for", () => {
  const says = (pattern: RegExp, ...events: readonly Scoped[]) => {
    const view = viewOf(...events);
    assert.match(screenText(renderLanes(view, { columns: 100, rows: 30 }, { now: view.time })), pattern);
  };
  says(/^REHEARSAL: a scripted model plays/m, ...raceOf(1, { rehearsal: true }));
  says(
    /^WITHOUT A SANDBOX: the teams' code/m,
    ...raceOf(1, { programs: { pythonPackages: [], unsafeHostExec: true } }),
  );
  const command = { team: "team-1", kind: "command", models: [], tools: [], options: { command: "codex exec {task}" } };
  const commandRace = raceOf(1, { teams: [command] });
  says(/codex exec \{task\}[^]*^WITHOUT A SANDBOX: commands as teams[^]*UNSANDBOXED/m, ...commandRace);
  const proposed = {
    type: "answer-proposed",
    scope: "team-1",
    key: "team-1/9",
    answer: "41",
    findings: "",
    reason: "",
    turns: 1,
  } as const;
  says(/▌ {3}its answer is checked: "41"/, ...raceOf(2), proposed);
  const judged = {
    team: "team-1",
    proposal: "team-1/9",
    verdict: "reject",
    reason: "exit code 1",
    durationMs: 900,
  } as const;
  says(
    /team-1 .* 1 rejected[^]*the check rejects the answer of team-1 after 0\.9 s: exit code 1/,
    ...raceOf(2),
    proposed,
    { type: "answer-judged", ...judged },
    {
      type: "proposal-answered",
      scope: "team-1",
      key: "team-1/10",
      reply: { kind: "rejected", reason: "exit code 1" },
    },
  );
  says(/now in rules mode: three unusable ledgers/, ...raceOf(2), {
    type: "orchestrator-mode-changed",
    scope: "team-1",
    key: "k",
    mode: "rules",
    reason: "three unusable ledgers",
  });
  says(/· stopping: it was interrupted/, ...raceOf(2), { type: "cancel-requested", reason: "it was interrupted" });
  says(
    /team-2 [^]*waits for a person: q-1[^]*A question for you: m1p approvals\n {2}q-1: Was it sent\?/,
    ...raceOf(2),
    { ...modelStep("team-2", "Coder") },
    {
      type: "question-asked",
      question: "q-1",
      about: "step",
      subject: "team-2/Coder/1",
      team: "team-2",
      tool: "mail",
      arguments: {},
      text: "Was it sent?",
    },
  );
});

test("a call that is tried again later shows for how long, and then no more", () => {
  const view = viewOf(...raceOf(1), modelStep("team-1", "Coder"));
  const now = view.time;
  view.applyLive({ type: "call-retried", key: "team-1/Coder/1", reason: "rate limit (429)", waitMs: 3_000 }, now);
  const at = (time: number) => screenText(renderLanes(view, { columns: 80, rows: 20 }, { now: time }));
  assert.match(at(now + 500), /waits 3 s to try again: rate limit \(429\)/);
  assert.doesNotMatch(at(now + 3_000), /try again/);
  view.applyLive({ type: "call-paced", key: "team-1/Coder/1", provider: "openai", waitMs: 0 }, now);
  assert.match(at(now + 60_000), /waits for a place at openai, which limits its rate/);
  view.applyLive({ type: "text-streamed", key: "team-1/Coder/1", text: "import" }, now + 60_000);
  assert.match(at(now + 61_000), /Coder writes .* import/);
});

test("of a thousand teams the most telling are shown, in their order, and the rest is counted", () => {
  const teams = raceOf(1000);
  const later = [
    ...turn("team-700", 3, "Coder", "Write."),
    ended("team-500", "answered", "", "42"),
    ended("team-3", "gave-up", "No way."),
  ];
  const view = viewOf(...teams, ...later);
  const lines = screenText(renderLanes(view, { columns: 80, rows: 24 }, { now: view.time })).split("\n");
  assert.equal(lines.length, 23);
  const named = lines.filter((line) => line.startsWith("▌")).map((line) => line.split(/\s+/)[1]);
  assert.deepEqual(named.slice(-2), ["team-500", "team-700"]);
  assert.match(lines.join("\n"), /\nand \d+ more teams: \d+ at work \(turn 0\), 1 gave up/);
});

const texts = fc.string({ unit: "binary", maxLength: 200 });

test("property: whatever texts a race has, no line is wider than the screen, no screen is overfull", () => {
  fc.assert(
    fc.property(
      texts,
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 40 }),
      (text, columns, rows, teams) => {
        const view = viewOf(
          ...raceOf(teams, { task: { prompt: text, files: [{ name: text, blob: "b", bytes: 1 }] } }),
          ...turn("team-1", 1, text, text),
          modelStep("team-1", text),
          ended("team-2", "gave-up", text),
          decided("team-1", text),
        );
        view.applyLive({ type: "text-streamed", key: `team-1/${text}/1`, text }, view.time);
        const lines = renderLanes(view, { columns, rows }, { now: view.time, beat: 3, label: "REPLAY" });
        assert.ok(lines.length < Math.max(2, rows), `${lines.length} lines on ${rows}`);
        for (const line of [...lines, ...renderSummary(view, columns, view.time)]) {
          assert.ok(stringWidth(plainLine(line)) <= columns, plainLine(line));
          assert.doesNotMatch(plainLine(line), /\p{Cc}/u);
        }
      },
    ),
    { numRuns: 150 },
  );
});
