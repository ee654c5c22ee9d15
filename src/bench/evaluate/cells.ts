import type { RecordedRun } from "../recorded/recorded-run.ts";
import type { TimedRun } from "./recorded-policies.ts";

/** How many independent runs a task has that counts. */
export const RUNS_A_TASK = 4;
const FEWEST_TASKS = 10;
/** Its tasks have no answer that is right or wrong. */
const UNSCORABLE = "mcpbench";

/** One model on one bench. */
export interface Cell {
  readonly bench: string;
  readonly model: string;
  /** Each with its four runs, in the order of the file. */
  readonly tasks: readonly (readonly TimedRun[])[];
}

/** What was recorded and doesn't count, and why. */
export interface LeftOut {
  readonly runsWithoutDuration: number;
  readonly tasksWithoutFourRuns: number;
  /** Cells under ten tasks, and those of benches whose answers are neither right nor wrong. */
  readonly cells: readonly string[];
}

/**
 * Recorded runs as cells: runs without a duration are dropped, then tasks without exactly four runs, then cells of
 * fewer than ten tasks and mcpbench.
 */
export function cellsOf(runs: readonly RecordedRun[]): { readonly cells: readonly Cell[]; readonly leftOut: LeftOut } {
  const timed = runs.filter((run): run is TimedRun => run.duration_s !== null && run.duration_s > 0);
  const all = [...Map.groupBy(timed, ({ bench, model }) => JSON.stringify([bench, model])).values()].map(asCell);
  const isKept = ({ bench, whole }: (typeof all)[number]) => bench !== UNSCORABLE && whole.length >= FEWEST_TASKS;
  return {
    cells: all.filter(isKept).map(({ bench, model, whole }) => ({ bench, model, tasks: whole })),
    leftOut: {
      runsWithoutDuration: runs.length - timed.length,
      tasksWithoutFourRuns: all.reduce((sum, { tasks, whole }) => sum + tasks - whole.length, 0),
      cells: all.filter((cell) => !isKept(cell)).map(({ bench, model }) => `${bench} ${model}`),
    },
  };
}

function asCell(runs: readonly TimedRun[]) {
  const byTask = [...Map.groupBy(runs, ({ task }) => task).values()];
  const { bench = "", model = "" } = runs[0] ?? {};
  return { bench, model, tasks: byTask.length, whole: byTask.filter((each) => each.length === RUNS_A_TASK) };
}
