import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { evaluate, paretoPlot, type Evaluation, type OverallFigures, type RecordedRun } from "../src/bench/index.ts";
import type { Estimate } from "../src/bench/bootstrap.ts";
import { RECORDED_POLICIES } from "../src/bench/evaluate/recorded-policies.ts";
import { readRecordedRuns } from "../src/bench/recorded/read-runs.ts";
import type { Proof, ResultTable } from "../scripts/proof/proof.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RUNS = path.join(ROOT, "test/fixtures/recorded-runs/runs.jsonl");
const NAMED = Object.keys(RECORDED_POLICIES);
const PATIENCE = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5].map((times) => `first-judged:patience=${times}`);
/** What is tuned over: policies that know no more than a team's own model. */
const CANDIDATES = ["first-finisher", "first-answer", "first-judged", "two-agree", "all", ...PATIENCE];

interface Preset {
  readonly name: string;
  readonly wanted: string;
  readonly isAllowed: (figures: OverallFigures) => boolean;
}

/** Of the policies that are allowed the one that is right most often on the tuning half. */
const PRESETS: readonly Preset[] = [
  { name: "fastest", wanted: "2.0x or more", isAllowed: ({ speedup }) => speedup.value >= 2 },
  { name: "balanced", wanted: "1.5x or more", isAllowed: ({ speedup }) => speedup.value >= 1.5 },
  { name: "no slower than one run", wanted: "1.0x or more", isAllowed: ({ speedup }) => speedup.value >= 1 },
  { name: "best", wanted: "any latency", isAllowed: () => true },
];

/**
 * What race policies give on the recorded runs that come with the tests, and what is left of presets tuned on one half
 * of the tasks when they are tried on the other. Takes seconds; also draws docs/results/policies.svg.
 */
const proof: Proof = async () => {
  const runs = await readRecordedRuns([RUNS]);
  const whole = evaluate(runs, { policies: [...NAMED, "first-judged:judge=gpt5"] });
  const shown = whole.overall.filter(({ policy }) => policy !== "best-possible");
  await writeFile(path.join(ROOT, "docs/results/policies.svg"), paretoPlot(shown));
  const halves = [half(runs, 0), half(runs, 1)] as const;
  const tuned = [tune(halves[0], halves[1], "first"), tune(halves[1], halves[0], "second")].flat();
  return {
    title: "Race policies on recorded runs",
    summary:
      "2,783 runs of General-AgentBench (arXiv 2602.18998), four a task, by the rules of `m1p evaluate`, k=4. Figures are against one run of the same model on the same tasks, over cells (a model on a bench), each weighing the same; " +
      "speed-ups by the geometric mean; 95% intervals by bootstrap over tasks. For the second table the tasks are halved by a hash of their names. Each preset is the policy of most accuracy, on one half, among those as fast as wanted there, " +
      "and is tried on the other half. Candidates are the policies that go by ends, give-ups, agreement and the verdict of a team's own model, and ten lengths of patience. " +
      "What is wanted (2.0x without a loss; 4 points or more at no worse latency than one run; 7 or more at any) is reached only where the table says so. " +
      "The last row of the first table is what a perfect choice would give: what is lost is lost in telling right answers from wrong ones, not in waiting. An estimate of correctness fitted to more than the verdict is not in here. " +
      "![Accuracy gained against speed-up](policies.svg)",
    holds: whole.cells.length > 0 && tuned.length > 0,
    tables: [overallTable(whole), presetTable(tuned), worstTable(whole)],
  };
};
export default proof;

function half(runs: readonly RecordedRun[], which: 0 | 1): readonly RecordedRun[] {
  return runs.filter(({ task }) => (createHash("sha256").update(task).digest()[0] ?? 0) % 2 === which);
}

interface Tuned {
  readonly preset: Preset;
  readonly on: string;
  readonly there: OverallFigures;
  readonly here: OverallFigures;
  /** Cells of the other half that are significantly worse than one run. */
  readonly worse: number;
}

function tune(tuning: readonly RecordedRun[], trying: readonly RecordedRun[], on: string): readonly Tuned[] {
  const there = evaluate(tuning, { policies: CANDIDATES, samples: 1 });
  const tried = evaluate(trying, { policies: CANDIDATES });
  return PRESETS.flatMap((preset) => {
    const allowed = there.overall.filter(preset.isAllowed);
    const [chosen] = allowed.toSorted((one, other) => other.accuracyChange.value - one.accuracyChange.value);
    const here = tried.overall.find(({ policy }) => policy === chosen?.policy);
    return chosen && here ? [{ preset, on, there: chosen, here, worse: worseCells(tried, here.policy) }] : [];
  });
}

function worseCells({ cells }: Evaluation, policy: string): number {
  return cells.filter((cell) => cell.policy === policy && cell.accuracyChange.high < 0).length;
}

function overallTable(evaluation: Evaluation): ResultTable {
  return {
    heading: `Over ${evaluation.overall[0]?.cells} cells, ${evaluation.overall[0]?.tasks} tasks`,
    columns: ["policy", "points gained", "speed-up", "tokens", "cells significantly worse", "worst cell, points"],
    rows: evaluation.overall
      .toSorted((one, other) => Number(one.policy === "best-possible") - Number(other.policy === "best-possible"))
      .map(({ policy, accuracyChange, speedup, tokenCost }) => [
        policy,
        points(accuracyChange),
        times(speedup),
        times(tokenCost),
        worseCells(evaluation, policy),
        (100 * Math.min(...cellsOf(evaluation, policy))).toFixed(1),
      ]),
  };
}

function cellsOf({ cells }: Evaluation, policy: string): readonly number[] {
  return cells.filter((cell) => cell.policy === policy).map(({ accuracyChange }) => accuracyChange.value);
}

function presetTable(tuned: readonly Tuned[]): ResultTable {
  return {
    heading: "Presets tuned on one half, tried on the other",
    columns: [
      "preset",
      "wanted",
      "tuned on half",
      "policy",
      "there: points",
      "there: speed-up",
      "tried: points gained",
      "tried: speed-up",
      "tried: tokens",
      "cells significantly worse",
    ],
    rows: tuned.map(({ preset, on, there, here, worse }) => [
      preset.name,
      preset.wanted,
      on,
      there.policy,
      (100 * there.accuracyChange.value).toFixed(1),
      `${there.speedup.value.toFixed(2)}x`,
      points(here.accuracyChange),
      times(here.speedup),
      times(here.tokenCost),
      worse,
    ]),
  };
}

function worstTable({ cells }: Evaluation): ResultTable {
  const names = ["first-finisher", "first-answer", "patient-judged", "first-judged"];
  const byCell = Map.groupBy(cells, ({ bench, model }) => `${bench}, ${model}`);
  return {
    heading: "Each cell: points gained and speed-up",
    columns: ["cell", "tasks", "one run right", ...names],
    rows: [...byCell].map(([name, figures]) => [
      name,
      figures[0]?.tasks ?? 0,
      `${(100 * (figures[0]?.singleAccuracy.value ?? 0)).toFixed(1)}%`,
      ...names.map((policy) => {
        const cell = figures.find((each) => each.policy === policy);
        return cell ? `${points(cell.accuracyChange)}, ${cell.speedup.value.toFixed(2)}x` : "";
      }),
    ]),
  };
}

function points({ value, low, high }: Estimate): string {
  const text = (share: number) => `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)}`;
  return `${text(value)} (${text(low)} to ${text(high)})`;
}

function times({ value, low, high }: Estimate): string {
  return `${value.toFixed(2)}x (${low.toFixed(2)} to ${high.toFixed(2)})`;
}
