import type { CallCost, MeterName } from "./meter-name.ts";
import { METER_NAMES } from "./meter-name.ts";
import { newMeter, setBack, type Meter } from "./meter.ts";

/** One place in the queue: a team has at most one, however many calls of it wait, so places go round by team. */
export interface Ticket {
  readonly member: string;
  readonly id: number;
  readonly cost: CallCost;
}

/** Who takes part: a run in a process. */
interface Member {
  /** When it was seen last (Unix milliseconds). */
  seen: number;
  /** Its calls that are under way. */
  inFlight: number;
}

/** All that is known of one provider's limits, shared by all who use it. Plain data, kept as JSON. */
export interface PaceState {
  readonly version: 1;
  readonly members: Record<string, Member>;
  queue: Ticket[];
  /** No call leaves before (Unix milliseconds). */
  pausedUntil: number;
  /** In the provider's words, for people. */
  pauseReason: string;
  /** Calls sent up to then knew nothing of the last refusal. */
  wallAt: number;
  /** Refusals without an accepted call between. */
  walls: number;
  /** Calls since the last refusal. */
  sinceWall: number;
  /** Since when what is sent is counted. */
  since: number;
  lastSpentAt: number;
  concurrency: { limit: number | null; successes: number; patience: number };
  readonly meters: Record<MeterName, Meter>;
}

const VERSION = 1;
/** What was learned is forgotten when nobody has called for so long: limits are not what they were yesterday. */
const FORGOTTEN_AFTER_MS = 600_000;
/** Who has not been seen for so long has died, or has nothing under way that matters. */
export const MEMBER_LAPSES_MS = 6000;

export function newPaceState(now: number): PaceState {
  const meters = Object.fromEntries(METER_NAMES.map((name) => [name, newMeter()])) as Record<MeterName, Meter>;
  return {
    version: VERSION,
    members: {},
    queue: [],
    pausedUntil: 0,
    pauseReason: "",
    wallAt: 0,
    walls: 0,
    sinceWall: 0,
    since: now,
    lastSpentAt: now,
    concurrency: { limit: null, successes: 0, patience: 100 },
    meters,
  };
}

/**
 * The state as it was kept; a new one where it is of another version, not whole, too old, or from a clock that was far
 * ahead. Where the clock was set back, no time has passed since it was kept: nobody waits for what the clock was ahead.
 */
export function recallPaceState(kept: unknown, now: number): PaceState {
  if (!isWhole(kept)) return newPaceState(now);
  const state = kept;
  const idle = now - state.lastSpentAt;
  const isPaused = state.pausedUntil > now;
  if ((idle > FORGOTTEN_AFTER_MS && !isPaused) || idle < -FORGOTTEN_AFTER_MS) return newPaceState(now);
  if (idle < 0) setStateBack(state, -idle);
  return state;
}

/** Whether it is a state of this version, as far as the pacing must not stumble over it. */
function isWhole(kept: unknown): kept is PaceState {
  if (typeof kept !== "object" || kept === null) return false;
  const { version, members, queue, concurrency, meters } = kept as Partial<PaceState>;
  if (version !== VERSION || !Array.isArray(queue) || !members || !concurrency || !meters) return false;
  return METER_NAMES.every((name) => {
    const meter: Partial<Meter> | undefined = meters[name];
    return meter !== undefined && Array.isArray(meter.recent) && Number.isFinite(meter.spent);
  });
}

function setStateBack(state: PaceState, byMs: number): void {
  state.pausedUntil -= byMs;
  state.wallAt -= byMs;
  state.since -= byMs;
  state.lastSpentAt -= byMs;
  for (const member of Object.values(state.members)) member.seen -= byMs;
  for (const name of METER_NAMES) setBack(state.meters[name], byMs);
}

/** Forgets members that lapsed, and their places in the queue. */
export function dropLapsed(state: PaceState, now: number): void {
  const lapsed = Object.entries(state.members).filter(([, { seen }]) => Math.abs(now - seen) > MEMBER_LAPSES_MS);
  if (lapsed.length === 0) return;
  for (const [id] of lapsed) delete state.members[id];
  state.queue = state.queue.filter(({ member }) => member in state.members);
}

export function inFlightOf(state: PaceState): number {
  return Object.values(state.members).reduce((sum, { inFlight }) => sum + inFlight, 0);
}
