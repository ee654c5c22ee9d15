import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { evaluate, recordedRunSchema, type Evaluation } from "../../../../src/bench/index.ts";
import { policyNamed } from "../../../../src/bench/evaluate/policy-named.ts";
import { decide, type TimedRun } from "../../../../src/bench/evaluate/recorded-policies.ts";
import { fixtureLines } from "../fixture.ts";

const NAMES = ["singleAccuracy", "accuracyChange", "speedup", "barrier", "tokenCost"] as const;
type Expected = Record<(typeof NAMES)[number], [value: number, low: number, high: number]>;
interface ExpectedFile {
  readonly cells: readonly (Expected & { bench: string; model: string; tasks: number; policy: string; k: number })[];
  readonly overall: readonly (Record<(typeof NAMES)[number], number> & { policy: string; k: number; cells: number })[];
}

const policies = ["first-finisher", "first-answer", "all", "first-judged"];
const runs = fixtureLines("recorded-runs/runs.jsonl").map((line) => recordedRunSchema.parse(line));
const expected = JSON.parse(
  readFileSync(new URL("../../../fixtures/recorded-runs/expected.json", import.meta.url), "utf8"),
) as ExpectedFile;

suite("on the recorded runs, against an independent computation", () => {
  for (const k of [1, 2, 3, 4]) {
    test(`every cell and every policy agrees, and so do their means, k=${k}`, () => {
      const evaluation = evaluate(runs, { policies, k, samples: 1 });
      const wanted = expected.cells.filter((cell) => cell.k === k);
      assert.equal(wanted.length, 15 * policies.length);
      assert.equal(evaluation.cells.length, wanted.length);
      for (const cell of wanted) {
        const ours = cellOf(evaluation, cell);
        assert.equal(ours.tasks, cell.tasks);
        for (const name of NAMES) near(ours[name].value, cell[name][0], 1e-8, `${cell.bench} ${cell.model} ${name}`);
      }
      for (const mean of expected.overall.filter((each) => each.k === k)) {
        const ours = evaluation.overall.find((each) => each.policy === mean.policy);
        assert.ok(ours);
        assert.equal(ours.cells, mean.cells);
        for (const name of NAMES) near(ours[name].value, mean[name], 1e-8, `${mean.policy} ${name}`);
      }
    });
  }

  test("intervals agree within sampling error: bounds within a fourth of the interval's width", () => {
    const evaluation = evaluate(runs, { policies, samples: 1_000 });
    for (const cell of expected.cells.filter((each) => each.k === 4)) {
      for (const name of NAMES) {
        const [, low, high] = cell[name];
        const ours = cellOf(evaluation, cell)[name];
        const room = (high - low) / 4 + 1e-8;
        near(ours.low, low, room, `${cell.bench} ${cell.model} ${cell.policy} ${name}, low`);
        near(ours.high, high, room, `${cell.bench} ${cell.model} ${cell.policy} ${name}, high`);
      }
    }
  });

  test("what is left out is told, and the same seed gives the same intervals", () => {
    const evaluation = evaluate(runs, { policies: ["all"], samples: 50 });
    assert.deepEqual(evaluation.leftOut, {
      runsWithoutDuration: 10,
      tasksWithoutFourRuns: 9,
      cells: ["mcpbench qwen3-next"],
    });
    assert.deepEqual(evaluate(runs, { policies: ["all"], samples: 50 }), evaluation);
    assert.notDeepEqual(evaluate(runs, { policies: ["all"], samples: 50, seed: "other" }), evaluation);
  });
});

suite("policies on recorded runs", () => {
  const base = { bench: "b", model: "m", task: "t", score: 0, prompt_tokens: 0, output_tokens: 0 };
  const run = (duration_s: number, more: Partial<TimedRun> = {}): TimedRun => ({ ...base, duration_s, ...more });
  const abstain = true;
  const cases: readonly [policy: string, title: string, runs: readonly TimedRun[], index: number, latency: number][] = [
    ["first-finisher", "of equals the earlier", [run(2), run(1), run(1)], 1, 1],
    ["first-answer", "passes over give-ups and errors", [run(1, { abstain }), run(2, { err: true }), run(3)], 2, 3],
    [
      "first-answer",
      "without any, the slowest, of equals the earlier",
      [run(1, { abstain }), run(2, { abstain }), run(2, { abstain })],
      1,
      2,
    ],
    [
      "all",
      "the answer that most gave, when all have ended",
      [run(1, { answer_cluster: 0 }), run(4, { answer_cluster: 1 }), run(3, { answer_cluster: 1 })],
      1,
      4,
    ],
    [
      "all",
      "of answers given as often, the earlier in the file",
      [run(2, { answer_cluster: 7 }), run(1, { answer_cluster: 3 })],
      0,
      2,
    ],
    [
      "all",
      "those that cannot be compared left out",
      [run(1, { answer_cluster: null }), run(1), run(3, { answer_cluster: 5 })],
      2,
      3,
    ],
    ["all", "none can be compared: the first to end", [run(2), run(1, { answer_cluster: null }), run(3)], 1, 3],
    [
      "first-judged",
      "the first that its model judges correct",
      [run(1), run(2, { self_choice: "Correct" }), run(3, { self_choice: "Correct" })],
      1,
      2,
    ],
    [
      "first-judged",
      "never a give-up",
      [run(1, { self_choice: "Correct", abstain }), run(2, { self_choice: "Wrong" })],
      0,
      2,
    ],
    [
      "first-judged:judge=gpt5",
      "by another's verdict",
      [run(1, { self_choice: "Correct" }), run(2, { gpt5_judge: "Correct" })],
      1,
      2,
    ],
    [
      "first-answer:need=2",
      "of two answers that are not the same the first",
      [run(3), run(2, { answer_cluster: 1 }), run(1, { answer_cluster: 2 })],
      2,
      2,
    ],
    [
      "first-answer:need=3",
      "of three the one that two gave",
      [run(3, { answer_cluster: 1 }), run(2, { answer_cluster: 1 }), run(1, { answer_cluster: 2 }), run(9)],
      1,
      3,
    ],
    [
      "two-agree",
      "the first pair",
      [run(4, { answer_cluster: 1 }), run(1, { answer_cluster: 1 }), run(2, { answer_cluster: 2 }), run(9)],
      1,
      4,
    ],
    ["two-agree", "no pair: as all", [run(2, { answer_cluster: 1 }), run(1, { answer_cluster: 2 })], 0, 2],
    ["patient-judged", "a judged answer in time", [run(2), run(4, { self_choice: "Correct" }), run(9)], 1, 4],
    [
      "patient-judged",
      "none in time: the first real answer, when patience ends",
      [run(1, { abstain }), run(2), run(3), run(5, { self_choice: "Correct" })],
      1,
      4,
    ],
    [
      "patient-judged",
      "all have ended before patience does",
      [run(2, { answer_cluster: 1 }), run(3, { answer_cluster: 2 })],
      0,
      3,
    ],
    ["patient-judged", "no real answer: as all", [run(1, { abstain }), run(2, { abstain })], 0, 2],
    ["best-possible", "a right answer, whoever gave it", [run(1), run(3, { score: 1 })], 1, 3],
    ["first-judged", "none: as all", [run(1, { self_choice: "Wrong" }), run(2, { answer_cluster: 1 })], 1, 2],
  ];
  for (const [policy, title, given, index, latency] of cases) {
    test(`${policy}: ${title}`, () => {
      const choice = decide(given, policyNamed(policy));
      assert.equal(given.indexOf(choice.run), index);
      assert.equal(choice.latency, latency);
    });
  }

  test("a run that is stopped has used its tokens in proportion to the time", () => {
    const four = [1, 2, 3, 4].map((seconds) => run(seconds, { prompt_tokens: 900, output_tokens: 100 }));
    const tasks = Array.from({ length: 10 }, (_, task) => four.map((each) => ({ ...each, task: String(task) }))).flat();
    const [cell] = evaluate(tasks, { policies: ["first-answer"], samples: 5 }).cells;
    near(cell?.tokenCost.value ?? 0, 1 + 1 / 2 + 1 / 3 + 1 / 4, 1e-12, "tokens");
    assert.equal(cell?.speedup.value, 2.5);
    assert.equal(cell?.barrier.value, 1.6);
  });
});

suite("what cannot be evaluated is refused in words", () => {
  const isBad = (code: string, message: RegExp) => ({ name: "UsageError", code, message });

  test("an unknown policy, whatever it is called, and a k that no task has", () => {
    for (const policy of ["best", "constructor"]) {
      assert.throws(() => evaluate(runs, { policies: [policy] }), isBad("policy-unknown", /no policy/));
    }
    for (const parameter of [
      "need=0",
      "need=1.5",
      "agree=1",
      "patience=-1",
      "patience=",
      "judge=me",
      "x=1",
      "toString=1",
      "",
    ]) {
      assert.throws(() => policyNamed(`first-judged:${parameter}`), isBad("policy-parameter", /cannot be had so/));
    }
    for (const k of [0, 5, 1.5]) {
      assert.throws(() => evaluate(runs, { policies: ["all"], k }), isBad("evaluate-k", /k cannot be/));
    }
  });

  test("runs of which nothing is left", () => {
    assert.throws(() => evaluate([], { policies: ["all"] }), isBad("bench-data", /no runs/));
    assert.throws(
      () => evaluate(runs.slice(0, 30), { policies: ["all"] }),
      isBad("bench-data", /30 tasks have not exactly 4 runs.*too few tasks are left of mathhay DeepSeek-R1/),
    );
  });
});

function cellOf(evaluation: Evaluation, wanted: { bench: string; model: string; policy: string }) {
  const found = evaluation.cells.find(
    ({ bench, model, policy }) => bench === wanted.bench && model === wanted.model && policy === wanted.policy,
  );
  assert.ok(found, `${wanted.bench} ${wanted.model} is evaluated`);
  return found;
}

function near(one: number, other: number, room: number, what: string): void {
  assert.ok(Math.abs(one - other) <= room, `${what}: ${one} is not ${other}`);
}
