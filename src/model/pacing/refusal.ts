import { learnRate, restartShown } from "./meter.ts";
import type { AnnouncedLimits } from "./limit-headers.ts";
import { METER_NAMES, minus, NO_COST, type CallCost } from "./meter-name.ts";
import type { RefusalCause } from "./refusal-cause.ts";
import { inFlightOf, type PaceState } from "./pace-state.ts";
import { correctCall, takeAnnounced, type Stamp } from "./visit.ts";

/** A provider refused a call not for itself, but for how many there were. */
export interface Refusal {
  readonly cause: RefusalCause;
  /** What it asked to wait, in milliseconds; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;
  readonly announced: AnnouncedLimits | undefined;
  /** Its own words, for people. */
  readonly words: string;
}

/** A call may come in a little before another machine's clock says it may. */
const GUARD_MS = 30;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
const SAME_WALL_CALLS = 4;
const OVERLOAD_BACK_OFF = 0.7;
/** A limit that is so much above what is used is none. */
const FORGET_CONCURRENCY = 3;
const LEAST_PATIENCE = 25;
const MOST_PATIENCE = 1600;

/** Takes in that a call was refused: nobody runs into the same wall again. */
export function refused(state: PaceState, refusal: Refusal, cost: CallCost, stamp: Stamp, now: number): void {
  const { cause, announced } = refusal;
  // A refused call used no tokens; it counts as a call all the same, for a person's own limits and for some providers.
  correctCall(state, { ...minus(NO_COST, cost), requests: 0 }, stamp.at);
  const isNew = stamp.at >= state.wallAt;
  if (announced) takeAnnounced(state, announced, stamp);
  pause(state, refusal, isNew, now);
  if (cause === "concurrency") holdBack(state, inFlightOf(state), isNew);
  if (!isNew) return;
  state.walls += 1;
  if (cause === "requests" || cause === "tokens") slowDown(state, cause, refusal, now);
  else if (cause === "overload" && refusal.retryAfterMs === undefined)
    holdBack(state, Math.floor(inFlightOf(state) * OVERLOAD_BACK_OFF), true);
  state.wallAt = now;
  state.sinceWall = 0;
}

/**
 * Nobody calls until the provider takes calls again: as it said, else the longer the more often it refused in a row.
 */
function pause(state: PaceState, { cause, retryAfterMs, words }: Refusal, isNew: boolean, now: number): void {
  // Who had too many at once has fewer now; only if that does not help is it time that must pass.
  const mayGoOn = !isNew || (cause === "concurrency" && state.walls === 0);
  if (retryAfterMs === undefined && mayGoOn) return;
  const until = now + GUARD_MS + (retryAfterMs ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** state.walls));
  if (until <= state.pausedUntil) return;
  state.pausedUntil = until;
  state.pauseReason = words;
  for (const name of METER_NAMES) restartShown(state.meters[name], until);
}

function slowDown(state: PaceState, cause: "requests" | "tokens", { retryAfterMs }: Refusal, now: number): void {
  // Where it did not say when, and hardly a call was sent since we tried last, nothing new is learned.
  const isSameWall = retryAfterMs === undefined && state.sinceWall <= SAME_WALL_CALLS;
  learnRate(state.meters[cause], state.since, now, Math.max(now, state.pausedUntil), isSameWall);
}

/** No more at once than `underWay`, from now on; each time it takes longer until one more is tried. */
function holdBack(state: PaceState, underWay: number, isNew: boolean): void {
  const { limit, patience } = state.concurrency;
  const isProbe = isNew && limit !== null;
  state.concurrency = {
    limit: Math.max(1, Math.min(underWay, limit ?? Infinity)),
    successes: 0,
    patience: isProbe ? Math.min(MOST_PATIENCE, patience * 2) : patience,
  };
}

/** A provider took calls: after so many, one more at once is tried. */
export function accepted(state: PaceState, count: number, sentAt: number): void {
  if (sentAt >= state.wallAt) state.walls = 0;
  const { concurrency } = state;
  if (concurrency.limit === null) return;
  concurrency.successes += count;
  if (concurrency.successes < concurrency.patience) return;
  concurrency.successes = 0;
  concurrency.limit += 1;
  concurrency.patience = Math.max(LEAST_PATIENCE, concurrency.patience / 2);
  if (concurrency.limit > FORGET_CONCURRENCY * Math.max(4, inFlightOf(state))) concurrency.limit = null;
}
