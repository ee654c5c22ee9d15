import type { RecordedRun } from "../recorded/recorded-run.ts";

/** A run of which it is known how long it took. */
export type TimedRun = RecordedRun & { readonly duration_s: number };

/** Whose answer a policy takes, and when it has decided, in seconds after the start. */
export interface Choice {
  readonly run: TimedRun;
  readonly latency: number;
}

/**
 * A policy over runs that started together, in the order of their file; there is at least one. Of runs that are equal
 * in what counts the earlier in the file is taken.
 */
export type RecordedPolicy = (runs: readonly TimedRun[]) => Choice;

/** The policies that can be evaluated on recorded runs, by name. */
export const RECORDED_POLICIES: Readonly<Record<string, RecordedPolicy>> = {
  "first-finisher": (runs) => ended(fastest(runs)),
  "first-answer": (runs) => {
    const real = runs.filter(isRealAnswer);
    return ended(real.length > 0 ? fastest(real) : slowest(runs));
  },
  all: waitForAll,
  "first-judged": (runs) => {
    const judged = runs.filter((run) => isRealAnswer(run) && run.self_choice === "Correct");
    return judged.length > 0 ? ended(fastest(judged)) : waitForAll(runs);
  },
};

/** The answer that most gave, those that are compared with no other left out; where there is none, the first to end. */
function waitForAll(runs: readonly TimedRun[]): Choice {
  const { duration_s: latency } = slowest(runs);
  const votes = new Map<number, TimedRun[]>();
  for (const run of runs) {
    if (typeof run.answer_cluster !== "number") continue;
    votes.set(run.answer_cluster, [...(votes.get(run.answer_cluster) ?? []), run]);
  }
  const most = [...votes.values()].reduce<readonly TimedRun[]>(
    (best, givers) => (givers.length > best.length ? givers : best),
    [],
  );
  return { run: most[0] ?? fastest(runs), latency };
}

function ended(run: TimedRun): Choice {
  return { run, latency: run.duration_s };
}

/** Neither a give-up nor an error. */
function isRealAnswer({ abstain, err }: RecordedRun): boolean {
  return abstain !== true && err !== true;
}

function fastest(runs: readonly TimedRun[]): TimedRun {
  return runs.reduce((best, run) => (best.duration_s <= run.duration_s ? best : run));
}

function slowest(runs: readonly TimedRun[]): TimedRun {
  return runs.reduce((best, run) => (best.duration_s >= run.duration_s ? best : run));
}
