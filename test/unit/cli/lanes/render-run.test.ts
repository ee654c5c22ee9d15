import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import stringWidth from "string-width";
import { renderRun } from "../../../../src/cli/lanes/render-run.ts";
import { plainLine } from "../../../../src/cli/lanes/screen-line.ts";
import { decided, ended, modelStep, raceOf, screenText, type Scoped, stepEnd, turn, viewOf } from "./race-events.ts";

const work = [
  ...raceOf(2, { limits: { usd: 0.5 } }),
  ...turn("team-1", 2, "Coder", "Write."),
  modelStep("team-1", "Coder"),
];

test("an ended run: task, answer, why, what each team took and how it ended, what it was made with", () => {
  const view = viewOf(
    ...work,
    stepEnd("team-1", "Coder", 1_200, 0.02),
    ended("team-2", "gave-up", "Stalled again after 3 new plans."),
    ended("team-1", "answered", "It is so.", "42"),
    decided("team-1", "42"),
  );
  assert.equal(
    screenText(renderRun(view, { columns: 80, now: view.time, running: false })),
    `What is six
times seven?

42

Because.

  team    turns  steps  tokens     cost  time
✓ team-1      2      1    1.2k  $0.0200  0:07  wins: 42
  team-2      2      0       0           0:05  gave up: Stalled again after 3 n…

team-2: Stalled again after 3 new plans.

files   a.csv (3B)
models  openai/gpt-5
mode    full-ledger
policy  first-answer
limits  $0.50
begun   1970-01-01 00:16 UTC by m1-parallel 0
run     run-1
answered after 1:01 · 1.2k tokens in 1 model call · $0.0200
`,
  );
});

test("a fork is not said to have been resumed, which is how it begins, and a later resume of it is", () => {
  const taken = raceOf(2).length;
  const origin = { kind: "fork", runId: "run-0", seq: taken, hash: "h", copied: taken } as const;
  const resumed: Scoped = { type: "run-resumed", formatVersion: 2, engineVersion: "0", promptVersion: "1" };
  const text = (...resumes: readonly Scoped[]) => {
    const view = viewOf(...raceOf(2, { origin }), ...resumes);
    return screenText(renderRun(view, { columns: 80, now: view.time, running: true }));
  };
  assert.match(text(resumed), /by m1-parallel 0\n/);
  assert.match(text(resumed, resumed), /by m1-parallel 0, resumed once\n/);
});

test("one that goes on, and one that was interrupted, as far as they have come", () => {
  const text = (running: boolean) => {
    const view = viewOf(...work);
    return screenText(renderRun(view, { columns: 80, now: view.time + 60_000, running }));
  };
  assert.match(text(true), /team-1 .* at work\n[^]*not decided after 1:05/);
  assert.match(text(false), /team-1 .* was at work\n/);
});

test("property: no text is wider than the screen, and in a pipe nothing is cut or steers a terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (text, columns) => {
      const task = { prompt: text, files: [{ name: text, blob: "b", bytes: 1 }] };
      const view = viewOf(...raceOf(2, { task }), ended("team-1", "gave-up", text), decided("team-2", text));
      for (const width of [columns, undefined]) {
        for (const line of renderRun(view, { columns: width, now: view.time, running: false })) {
          if (width) assert.ok(stringWidth(plainLine(line)) <= width, plainLine(line));
          assert.doesNotMatch(plainLine(line), /\p{Cc}/u);
        }
      }
    }),
  );
});
