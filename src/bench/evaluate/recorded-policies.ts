import type { RecordedRun } from "../recorded/recorded-run.ts";

/** A run of which it is known how long it took. */
export type TimedRun = RecordedRun & { readonly duration_s: number };

/** Whose answer a policy takes, and when it has decided, in seconds after the start. */
export interface Choice {
  readonly run: TimedRun;
  readonly latency: number;
}

/** Whose verdict on an answer counts: its own model's, or another's. */
export type RecordedJudge = "self" | "gpt5";

/** A policy as a few parameters. */
export interface RecordedPolicy {
  /** What counts: any end of a run, a real answer, or one that was judged correct. */
  readonly accept: "finished" | "answered" | "judged";
  /** How many that count end the race; null: it waits for every run. */
  readonly need: number | null;
  /** Instead of so many, so many that gave the same answer. */
  readonly agree?: number;
  /**
   * How long it waits for what counts after the first real answer, in times of that answer's own; then it takes the
   * real answers there are.
   */
  readonly patience?: number;
  readonly judge?: RecordedJudge;
  /**
   * What it takes when all have ended and nothing counts: the slowest run, the answer that most gave, or (nobody knows
   * it) a right one.
   */
  readonly otherwise: "slowest" | "vote" | "right";
}

/** The policies that can be evaluated on recorded runs, by name. */
export const RECORDED_POLICIES = {
  "first-finisher": { accept: "finished", need: 1, otherwise: "slowest" },
  "first-answer": { accept: "answered", need: 1, otherwise: "slowest" },
  all: { accept: "answered", need: null, otherwise: "vote" },
  "first-judged": { accept: "judged", need: 1, otherwise: "vote" },
  "patient-judged": { accept: "judged", need: 1, patience: 1, otherwise: "vote" },
  "two-agree": { accept: "answered", need: null, agree: 2, otherwise: "vote" },
  "best-possible": { accept: "answered", need: null, otherwise: "right" },
} as const satisfies Record<string, RecordedPolicy>;

const RIGHT = 0.999;

/**
 * What a policy makes of runs that started together, in the order of their file; there is at least one. Of runs that
 * are equal in what counts the earlier in the file is taken.
 */
export function decide(runs: readonly TimedRun[], policy: RecordedPolicy): Choice {
  const order = runs.toSorted((one, other) => one.duration_s - other.duration_s);
  const reached = whatCounts(order, policy);
  const limit = patienceEnds(order, policy);
  const { duration_s: end } = slowest(runs);
  if (limit !== undefined && limit < Math.min(end, reached?.latency ?? Infinity)) {
    const answers = order.filter((run) => isRealAnswer(run) && run.duration_s <= limit);
    return { run: mostGave(answers) ?? slowest(runs), latency: limit };
  }
  if (reached) return reached;
  if (policy.otherwise === "slowest") return { run: slowest(runs), latency: end };
  const right = policy.otherwise === "right" ? runs.find(isRight) : undefined;
  return { run: right ?? mostGave(runs, order) ?? slowest(runs), latency: end };
}

export function isRight({ score }: RecordedRun): boolean {
  return score !== null && score >= RIGHT;
}

/** The moment at which the policy has what it waits for, if it comes. */
function whatCounts(order: readonly TimedRun[], policy: RecordedPolicy): Choice | undefined {
  const counting = order.filter((run) => counts(run, policy));
  if (policy.agree !== undefined) return agreed(counting, policy.agree);
  const last = policy.need === null ? undefined : counting[policy.need - 1];
  if (!last || policy.need === null) return undefined;
  return { run: mostGave(counting.slice(0, policy.need)) ?? last, latency: last.duration_s };
}

function counts(run: TimedRun, { accept, judge = "self" }: RecordedPolicy): boolean {
  if (accept === "finished") return true;
  if (!isRealAnswer(run) || accept === "answered") return isRealAnswer(run);
  return (judge === "self" ? run.self_choice : run.gpt5_judge) === "Correct";
}

function agreed(answers: readonly TimedRun[], count: number): Choice | undefined {
  for (const [index, { answer_cluster: cluster, duration_s: latency }] of answers.entries()) {
    if (typeof cluster !== "number") continue;
    const same = answers.slice(0, index + 1).filter((run) => run.answer_cluster === cluster);
    if (same.length >= count) return { run: same[0] ?? slowest(answers), latency };
  }
  return undefined;
}

function patienceEnds(order: readonly TimedRun[], { patience }: RecordedPolicy): number | undefined {
  const first = patience === undefined ? undefined : order.find(isRealAnswer);
  return first && first.duration_s * (1 + (patience ?? 0));
}

/**
 * The first that gave the answer that most gave, those that are compared with no other left out; else the first to end.
 */
function mostGave(runs: readonly TimedRun[], order: readonly TimedRun[] = runs): TimedRun | undefined {
  const votes = Map.groupBy(
    runs.filter((run) => typeof run.answer_cluster === "number"),
    (run) => run.answer_cluster,
  );
  let most: readonly TimedRun[] = [];
  for (const givers of votes.values()) if (givers.length > most.length) most = givers;
  return most[0] ?? order[0];
}

/** Neither a give-up nor an error. */
function isRealAnswer({ abstain, err }: RecordedRun): boolean {
  return abstain !== true && err !== true;
}

function slowest(runs: readonly TimedRun[]): TimedRun {
  return runs.reduce((best, run) => (best.duration_s >= run.duration_s ? best : run));
}
