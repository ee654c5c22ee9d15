import { meanOf } from "../bootstrap.ts";
import { decide, isRight, type RecordedPolicy, type TimedRun } from "./recorded-policies.ts";

/** What one run of a task gives, and what a policy over k of them does: means over the runs, and over all sets of k. */
export interface TaskOutcome {
  readonly single: { readonly right: number; readonly seconds: number; readonly tokens: number };
  readonly policy: { readonly right: number; readonly seconds: number; readonly tokens: number };
  /** Seconds of the slowest of k. */
  readonly slowest: number;
}

/** What a policy makes of a task's runs when k of them start together. */
export function outcomeOf(runs: readonly TimedRun[], policy: RecordedPolicy, k: number): TaskOutcome {
  const sets = subsets(runs, k);
  const choices = sets.map((set) => ({ set, ...decide(set, policy) }));
  return {
    single: {
      right: meanOf(runs, rightness),
      seconds: meanOf(runs, (run) => run.duration_s),
      tokens: meanOf(runs, tokensOf),
    },
    policy: {
      right: meanOf(choices, ({ run }) => rightness(run)),
      seconds: meanOf(choices, ({ latency }) => latency),
      tokens: meanOf(choices, ({ set, latency }) => tokensUntil(set, latency)),
    },
    slowest: meanOf(sets, (set) => Math.max(...set.map((run) => run.duration_s))),
  };
}

/** A run that is stopped has used its tokens in proportion to the time. */
function tokensUntil(runs: readonly TimedRun[], latency: number): number {
  return runs.reduce((sum, run) => sum + tokensOf(run) * Math.min(1, latency / run.duration_s), 0);
}

function tokensOf({ prompt_tokens, output_tokens }: TimedRun): number {
  return prompt_tokens + output_tokens;
}

/** No number where nobody scored the run: then no accuracy can be told. */
function rightness(run: TimedRun): number {
  if (run.score === null) return Number.NaN;
  return isRight(run) ? 1 : 0;
}

/** Every choice of k, each in the order of the file. */
function subsets<T>(items: readonly T[], k: number): readonly (readonly T[])[] {
  if (k === 0) return [[]];
  return items.flatMap((item, index) => subsets(items.slice(index + 1), k - 1).map((rest) => [item, ...rest]));
}
