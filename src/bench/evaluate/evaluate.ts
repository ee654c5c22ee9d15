import { UsageError } from "../../base/errors.ts";
import { bootstrap, mean, meanOf, type BootstrapOptions, type Estimate } from "../bootstrap.ts";
import type { RecordedRun } from "../recorded/recorded-run.ts";
import { cellsOf, RUNS_A_TASK, type Cell, type LeftOut } from "./cells.ts";
import { policyNamed } from "./policy-named.ts";
import { outcomeOf, type TaskOutcome } from "./task-outcome.ts";

/**
 * What a policy gives, against one run of the same model on the same tasks. What cannot be told (accuracy where nobody
 * scored the runs, tokens where none were counted) is NaN, and null in JSON.
 */
export interface Figures {
  /** Share of the single runs that are right. */
  readonly singleAccuracy: Estimate;
  /** Share of right answers under the policy, less that; 0.01 is a point gained. */
  readonly accuracyChange: Estimate;
  /** Mean duration of one run over the policy's mean latency. */
  readonly speedup: Estimate;
  /** Mean of the slowest of k over the mean duration of one run: what waiting for all costs. */
  readonly barrier: Estimate;
  /** Tokens under the policy over the tokens of one run. */
  readonly tokenCost: Estimate;
}

export interface CellFigures extends Figures {
  readonly bench: string;
  readonly model: string;
  readonly tasks: number;
  readonly policy: string;
  readonly k: number;
}

/** Over all cells, each weighing the same: means; of speed-ups the geometric. */
export interface OverallFigures extends Figures {
  readonly cells: number;
  readonly tasks: number;
  readonly policy: string;
  readonly k: number;
}

/** What policies come to on recorded runs, cell by cell. */
export interface Evaluation {
  readonly cells: readonly CellFigures[];
  readonly overall: readonly OverallFigures[];
  readonly leftOut: LeftOut;
}

/** Which runs are gone by, and how they are drawn. */
export interface EvaluateOptions extends BootstrapOptions {
  /** Names, with parameters: `first-answer`, `first-judged:patience=0.5`; `m1p evaluate --help` lists them. */
  readonly policies: readonly string[];
  /** How many runs start together, 1 to 4; under 4 the mean over all sets of so many. Default 4. */
  readonly k?: number;
}

const NAMES = ["singleAccuracy", "accuracyChange", "speedup", "barrier", "tokenCost"] as const;

/**
 * Evaluates policies on recorded runs, four of a task. Right is a score of 0.999 or more. Intervals are 95%, by a
 * bootstrap over the tasks of each cell in which all policies meet the same tasks. Throws `UsageError`:
 * `policy-unknown`, `policy-parameter`, `evaluate-k`, and `bench-data` where no cell is left.
 */
export function evaluate(
  runs: readonly RecordedRun[],
  { policies, k = RUNS_A_TASK, ...options }: EvaluateOptions,
): Evaluation {
  const known = policies.map(policyNamed);
  if (!Number.isInteger(k) || k < 1 || k > RUNS_A_TASK) {
    throw new UsageError("evaluate-k", `k cannot be ${k}.`, {
      hint: `Tasks have ${RUNS_A_TASK} recorded runs: take a whole number from 1 to ${RUNS_A_TASK}.`,
    });
  }
  const { cells, leftOut } = cellsOf(runs);
  if (cells.length === 0) throw nothingLeft(leftOut);
  const groups = cells.map(({ tasks }) => tasks.map((task) => known.map((policy) => outcomeOf(task, policy, k))));
  const estimates = bootstrap(groups, (drawn) => allFigures(drawn, known.length), options);
  return { ...inOrder(cells, policies, k, estimates), leftOut };
}

function nothingLeft({ runsWithoutDuration, tasksWithoutFourRuns, cells }: LeftOut): UsageError {
  const because = [
    ...(runsWithoutDuration > 0 ? [`${runsWithoutDuration} runs have no duration`] : []),
    ...(tasksWithoutFourRuns > 0 ? [`${tasksWithoutFourRuns} tasks have not exactly ${RUNS_A_TASK} runs`] : []),
    ...(cells.length > 0 ? [`too few tasks are left of ${cells.join(", ")}`] : []),
  ];
  const reason = because.length > 0 ? because.join("; ") : "there are no runs in it";
  return new UsageError("bench-data", `Nothing is left to evaluate: ${reason}.`, {
    hint: `A model on a bench counts with at least 10 tasks of exactly ${RUNS_A_TASK} runs each; mcpbench doesn't count.`,
  });
}

/** The figures of every cell under every policy, then the overall ones of every policy, one after another. */
function allFigures(cells: readonly (readonly (readonly TaskOutcome[])[])[], policies: number): readonly number[] {
  const each = Array.from({ length: policies }, (_, index) =>
    cells.map((tasks) => figuresOf(tasks.map((outcomes) => outcomes[index] as TaskOutcome))),
  );
  return [...each.flat(2), ...each.flatMap(overAll)];
}

function figuresOf(tasks: readonly TaskOutcome[]): readonly number[] {
  const single = meanOf(tasks, (task) => task.single.right);
  const seconds = meanOf(tasks, (task) => task.single.seconds);
  return [
    single,
    meanOf(tasks, (task) => task.policy.right) - single,
    seconds / meanOf(tasks, (task) => task.policy.seconds),
    meanOf(tasks, (task) => task.slowest) / seconds,
    meanOf(tasks, (task) => task.policy.tokens) / meanOf(tasks, (task) => task.single.tokens),
  ];
}

function overAll(cells: readonly (readonly number[])[]): readonly number[] {
  return NAMES.map((name, index) => {
    const figures = cells.map((cell) => cell[index] ?? Number.NaN);
    return name === "speedup" ? Math.exp(mean(figures.map(Math.log))) : mean(figures);
  });
}

function inOrder(
  cells: readonly Cell[],
  policies: readonly string[],
  k: number,
  estimates: readonly Estimate[],
): Pick<Evaluation, "cells" | "overall"> {
  const at = (place: number) =>
    Object.fromEntries(
      NAMES.map((name, index) => [name, estimates[place * NAMES.length + index]]),
    ) as unknown as Figures;
  const byPolicy = policies.map((policy, index) =>
    cells.map(({ bench, model, tasks }, cell) => {
      return { bench, model, tasks: tasks.length, policy, k, ...at(index * cells.length + cell) };
    }),
  );
  const tasks = cells.reduce((sum, cell) => sum + cell.tasks.length, 0);
  return {
    // All policies of a cell together.
    cells: cells.flatMap((_, cell) => byPolicy.flatMap((figures) => figures[cell] ?? [])),
    overall: policies.map((policy, index) => {
      return { cells: cells.length, tasks, policy, k, ...at(policies.length * cells.length + index) };
    }),
  };
}
