import type { AnnouncedLimit } from "./limit-headers.ts";

const MINUTE_MS = 60_000;
/** The last minute in whole seconds: the second that has begun is counted as if it had all passed. */
const SECONDS_KEPT = 61;

/** What a provider said last of a limit, with what was spent up to then. */
interface Shown {
  limit: number;
  remaining: number;
  /** How much comes back in a millisecond. */
  slope: number;
  /** Of this moment it was said (Unix milliseconds). */
  at: number;
  /** `spent` of the meter at that moment. */
  spent: number;
}

/**
 * A rate found out by refusals, in a bucket that holds a few seconds of it. `ceiling` is where it was refused,
 * in units a millisecond; the rate starts at `factor` of it and comes back to it along a cubic, slowly around it
 * and ever faster beyond, as TCP CUBIC does (RFC 9438), by calls rather than by time.
 */
interface Learned {
  ceiling: number;
  factor: number;
  /** Calls that waited for the rate since. */
  calls: number;
  level: number;
  at: number;
}

/** What is known of one limit: the state of it that all processes share. Plain data. */
export interface Meter {
  /** All that was ever spent. Only differences count. */
  spent: number;
  /** Spent in the seconds of the last minute, oldest first. */
  recent: [second: number, amount: number][];
  shown: Shown | null;
  learned: Learned | null;
}

export function newMeter(): Meter {
  return { spent: 0, recent: [], shown: null, learned: null };
}

/** After so many waiting calls the rate is back at where it was refused. */
const CALLS_TO_CEILING = 100;
/** How much of a refused rate is used next. */
const BACK_OFF = 0.92;
/** The same where the refusal came soon after another: the estimate was far off. */
const FAR_BACK_OFF = 0.7;
const SOON_CALLS = 20;
/** A pause in the demand leaves this much time's worth to be spent at once. */
const BURST_MS = 3000;
/** What of an announced limit is left alone: two clocks and two counts never agree to the last call. */
const RESERVE = 0.01;
/** What was said is not believed longer than this after all should have come back. */
const STALE_MS = 60_000;
const ROUNDING = 1e-6;

function rateOf({ ceiling, factor, calls }: Learned): number {
  return ceiling * (1 + (1 - factor) * (calls / CALLS_TO_CEILING - 1) ** 3);
}

function bucketOf(learned: Learned): number {
  return Math.max(1, rateOf(learned) * BURST_MS);
}

function levelAt(learned: Learned, now: number): number {
  const refilled = learned.level + Math.max(0, now - learned.at) * rateOf(learned);
  return Math.min(bucketOf(learned), refilled);
}

/**
 * The earliest time at which `need` may be spent, as far as is known now. `own` is a person's own limit for any
 * 60 seconds. What is larger than a whole limit waits for all of it.
 */
export function readyAt(meter: Meter, need: number, now: number, own: number | undefined): number {
  if (need <= 0) return now;
  let ready = now;
  if (own !== undefined) ready = Math.max(ready, windowReadyAt(meter, need, now, own));
  const { learned, shown } = meter;
  if (learned) {
    const level = levelAt(learned, now);
    const isLacking = Math.min(need, bucketOf(learned)) - level > ROUNDING;
    const refilled = Math.max(now, learned.at) + (need - level) / rateOf(learned);
    // A limit by the minute has all of it again after one: what was learned of too little must not stop a run for hours.
    if (isLacking) ready = Math.max(ready, Math.min(refilled, learned.at + MINUTE_MS));
  }
  if (shown && now <= shown.at + shownResetMs(shown) + STALE_MS) {
    const lacking = Math.min(need + reserveOf(shown), shown.limit) - availableAt(shown, meter.spent, now);
    if (lacking > ROUNDING) ready = Math.max(ready, Math.max(now, shown.at) + lacking / shown.slope);
  }
  return ready;
}

function windowReadyAt({ recent }: Meter, need: number, now: number, own: number): number {
  const first = Math.floor(now / 1000) - SECONDS_KEPT;
  const counted = recent.filter(([second]) => second > first);
  let total = counted.reduce((sum, [, amount]) => sum + amount, 0);
  let ready = now;
  for (const [second, amount] of counted) {
    if (total + Math.min(need, own) <= own) break;
    total -= amount;
    ready = (second + SECONDS_KEPT) * 1000;
  }
  return ready;
}

function reserveOf({ limit }: Shown): number {
  return Math.floor(limit * RESERVE);
}

function shownResetMs({ limit, remaining, slope }: Shown): number {
  return (limit - remaining) / slope;
}

function availableAt(shown: Shown, spent: number, now: number): number {
  const { limit, remaining, slope, at } = shown;
  const regained = Math.max(0, now - at) * slope;
  return Math.min(limit, remaining - (spent - shown.spent) + regained);
}

/** Counts what is sent now; `waited` where the limit was used to the full. */
export function spend(meter: Meter, amount: number, now: number, waited: boolean): void {
  if (amount === 0) return;
  meter.spent += amount;
  const second = Math.floor(now / 1000);
  const last = meter.recent.at(-1);
  if (last && last[0] >= second) last[1] += amount;
  else meter.recent.push([second, amount]);
  while ((meter.recent[0]?.[0] ?? second) <= second - SECONDS_KEPT) meter.recent.shift();
  const { learned } = meter;
  if (!learned) return;
  learned.level = levelAt(learned, now) - amount;
  learned.at = Math.max(now, learned.at);
  if (waited) learned.calls += 1;
}

/** Corrects what was spent in an earlier second, once it is known better. */
export function correct(meter: Meter, delta: number, second: number): void {
  meter.spent += delta;
  if (meter.learned) meter.learned.level -= delta;
  const entry = meter.recent.find(([each]) => each === second);
  if (entry) entry[1] = Math.max(0, entry[1] + delta);
}

/**
 * Takes in what a response announced. `spentBefore` is what the meter had spent when its request was sent: a
 * response that was asked for earlier than the one known tells nothing new.
 */
export function takeShown(meter: Meter, announced: AnnouncedLimit, sentAt: number, spentBefore: number): void {
  if (meter.shown && meter.shown.at > sentAt) return;
  const { limit, remaining, resetMs } = announced;
  const used = limit - remaining;
  const slope = used > 0 && resetMs !== undefined && resetMs > 0 ? used / resetMs : limit / MINUTE_MS;
  // More is allowed than when we were refused: what was learned then is no news any more.
  if (meter.shown && limit > meter.shown.limit) meter.learned = null;
  meter.shown = { limit, remaining, slope, at: sentAt, spent: spentBefore };
}

/** A provider that refuses until `until` has nothing more before; then one call, and what comes back from there on. */
export function restartShown(meter: Meter, until: number): void {
  if (!meter.shown) return;
  meter.shown.remaining = Math.min(meter.shown.limit, Math.min(meter.shown.remaining, 0) + 1 + reserveOf(meter.shown));
  meter.shown.at = until;
  meter.shown.spent = meter.spent;
}

/**
 * Learns a rate from a refusal: what was accepted since `since`, at most in the last minute, in the time from
 * there to `until`, when calls are taken again.
 */
export function learnRate(meter: Meter, since: number, now: number, until: number, isSameWall: boolean): void {
  const first = Math.floor(now / 1000) - SECONDS_KEPT;
  const accepted = meter.recent.reduce((sum, [second, amount]) => sum + (second > first ? amount : 0), 0);
  const span = Math.min(MINUTE_MS, Math.max(1000, until - since));
  const { learned } = meter;
  // Where the limit was used up by others, nothing is to be learned from what was taken here: nothing was.
  if (accepted <= 0) {
    if (learned) meter.learned = { ...learned, calls: 0, level: 1, at: until };
    return;
  }
  const estimate = accepted / span;
  // Where nothing was taken since the last refusal, that one tells nothing of the rate: it only lasts.
  const before = isSameWall ? learned?.ceiling : learned && rateOf(learned);
  const ceiling = Math.min(estimate, before ?? Infinity);
  const isFarOff = learned && learned.calls < SOON_CALLS && !isSameWall;
  const factor = isFarOff ? FAR_BACK_OFF : (isSameWall && learned?.factor) || BACK_OFF;
  meter.learned = { ceiling, factor, calls: 0, level: 1, at: until };
}

/** The clock was set back by so much: what was known of its times holds all the same. */
export function setBack(meter: Meter, byMs: number): void {
  // Less than a second less: what was spent is rather counted for longer.
  const seconds = Math.floor(byMs / 1000);
  for (const entry of meter.recent) entry[0] -= seconds;
  if (meter.shown) meter.shown.at -= byMs;
  if (meter.learned) meter.learned.at -= byMs;
}

/** Whether so much is left that nobody need ask before a call. */
export function isAmple(meter: Meter, now: number): boolean {
  if (meter.learned) return false;
  const { shown } = meter;
  return !shown || availableAt(shown, meter.spent, now) > shown.limit / 2;
}
