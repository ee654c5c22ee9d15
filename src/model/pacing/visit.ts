import type { AnnouncedLimits } from "./limit-headers.ts";
import { METER_NAMES, NO_COST, plus, type CallCost, type MeterName } from "./meter-name.ts";
import { correct, isAmple, readyAt, spend, takeShown } from "./meter.ts";
import type { OwnLimits } from "./own-limits.ts";
import { dropLapsed, inFlightOf, type PaceState, type Ticket } from "./pace-state.ts";

/** A call that waits, as its member asks for it. */
export interface Asking {
  readonly id: number;
  readonly cost: CallCost;
  /** It was refused before: it goes first. */
  readonly again: boolean;
}

/** What a member brings along when it looks at the state. */
export interface Visitor {
  readonly member: string;
  readonly now: number;
  readonly limits: OwnLimits;
  /** Calls under way here. */
  inFlight: number;
  /** The first waiting call of a team for each team that has one; asked again after each that was let in. */
  heads(): readonly Asking[];
  /** Lets a call in: it leaves `heads`, and its team's next one takes its place. */
  admit(id: number, stamp: Stamp): void;
}

/** What was spent, of each meter, before a call was let in. */
export interface Stamp {
  readonly at: number;
  readonly spent: CallCost;
}

/** How it is now. */
export interface Sight {
  /** When the first waiting call here may go, as far as is known now (Unix milliseconds); undefined: nobody waits. */
  readonly readyAt: number | undefined;
  /** The same for each that waits. */
  readonly waits: ReadonlyMap<number, number>;
  /** Whether calls may go without asking first, for a while. */
  readonly isAmple: boolean;
  /** Whether a place has to be given back by others before one is free. */
  readonly isFull: boolean;
  readonly others: boolean;
  readonly pausedUntil: number;
  readonly pauseReason: string;
  readonly hasConcurrencyLimit: boolean;
}

const OWN: Partial<Record<MeterName, keyof OwnLimits>> = { requests: "requestsPerMinute", tokens: "tokensPerMinute" };

/**
 * A member looks at the state: takes its place among the others, queues what waits and lets in what may go.
 * One transaction of whoever keeps the state.
 */
export function visit(state: PaceState, visitor: Visitor): Sight {
  const { member, now } = visitor;
  dropLapsed(state, now);
  state.members[member] = { seen: now, inFlight: visitor.inFlight };
  const waits = new Map<number, number>();
  let isFull = false;
  for (let more = true; more;) {
    queueUp(state, visitor);
    waits.clear();
    ({ more, isFull } = letIn(state, visitor, waits));
    state.members[member] = { seen: now, inFlight: visitor.inFlight };
  }
  return {
    readyAt: waits.size > 0 ? Math.min(...waits.values()) : undefined,
    waits,
    isFull,
    isAmple: isAmpleNow(state, visitor),
    others: Object.keys(state.members).length > 1,
    pausedUntil: state.pausedUntil,
    pauseReason: state.pauseReason,
    hasConcurrencyLimit: concurrencyOf(state, visitor.limits) < Infinity,
  };
}

/** Brings the queue's places of this member to what it asks for now. */
function queueUp(state: PaceState, visitor: Visitor): void {
  const { member } = visitor;
  const asked = visitor.heads();
  const isMine = (ticket: Ticket) => ticket.member === member;
  const wanted = new Set(asked.map(({ id }) => id));
  state.queue = state.queue.filter((ticket) => !isMine(ticket) || wanted.has(ticket.id));
  const queued = new Set(state.queue.filter(isMine).map(({ id }) => id));
  for (const { id, cost, again } of asked) {
    if (queued.has(id)) continue;
    if (again) state.queue.unshift({ member, id, cost });
    else state.queue.push({ member, id, cost });
  }
}

/** Lets in the first that may go; what is ahead of a place keeps its part, whoever it belongs to. */
function letIn(state: PaceState, visitor: Visitor, waits: Map<number, number>): { more: boolean; isFull: boolean } {
  const { member, now, limits } = visitor;
  const places = concurrencyOf(state, limits) - inFlightOf(state);
  let ahead = NO_COST;
  let isFull = false;
  for (const [index, ticket] of state.queue.entries()) {
    ahead = plus(ahead, ticket.cost);
    if (ticket.member !== member) continue;
    const ready = readyTime(state, ahead, visitor);
    if (ready <= now && index < places) {
      state.queue.splice(index, 1);
      const waited = state.queue.length > 0 || waits.size > 0;
      const stamp = spendCall(state, ticket.cost, now, waited);
      visitor.inFlight += 1;
      visitor.admit(ticket.id, stamp);
      return { more: true, isFull: false };
    }
    isFull ||= index >= places;
    waits.set(ticket.id, Math.max(ready, now));
  }
  return { more: false, isFull };
}

function readyTime(state: PaceState, need: CallCost, { now, limits }: Visitor): number {
  let ready = Math.max(now, state.pausedUntil);
  for (const name of METER_NAMES) {
    const own = OWN[name];
    ready = Math.max(ready, readyAt(state.meters[name], need[name], now, own && limits[own]));
  }
  return ready;
}

function concurrencyOf({ concurrency }: PaceState, limits: OwnLimits): number {
  return Math.min(concurrency.limit ?? Infinity, limits.concurrency ?? Infinity);
}

function isAmpleNow(state: PaceState, { now, limits }: Visitor): boolean {
  if (Object.values(limits).some((limit) => limit !== undefined)) return false;
  if (state.queue.length > 0 || state.pausedUntil > now || state.concurrency.limit !== null) return false;
  return METER_NAMES.every((name) => isAmple(state.meters[name], now));
}

/** Counts a call that is sent now. */
export function spendCall(state: PaceState, cost: CallCost, now: number, waited: boolean): Stamp {
  const spent = spentOf(state);
  for (const name of METER_NAMES) spend(state.meters[name], cost[name], now, waited);
  state.sinceWall += cost.requests;
  state.lastSpentAt = now;
  return { at: now, spent: plus(spent, cost) };
}

function spentOf({ meters }: PaceState): CallCost {
  return {
    requests: meters.requests.spent,
    tokens: meters.tokens.spent,
    inputTokens: meters.inputTokens.spent,
    outputTokens: meters.outputTokens.spent,
  };
}

/** Takes in the limits that the response to a call announced. */
export function takeAnnounced(state: PaceState, announced: AnnouncedLimits, stamp: Stamp): void {
  for (const name of METER_NAMES) {
    const limit = announced[name];
    if (limit) takeShown(state.meters[name], limit, stamp.at, stamp.spent[name]);
  }
}

/** A call used something else than it was taken to use when it was sent. */
export function correctCall(state: PaceState, delta: CallCost, sentAt: number): void {
  const second = Math.floor(sentAt / 1000);
  for (const name of METER_NAMES) {
    if (delta[name] !== 0) correct(state.meters[name], delta[name], second);
  }
}
