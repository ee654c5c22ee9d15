import type { Clock, StopTimer } from "./clock.ts";
import { afterAllReady } from "./event-loop.ts";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * Owns: simulated time and its timers. Does not own: anything that really waits.
 * Invariants: 1. time moves only through `advance` and `next`; 2. timers fire in order of due time,
 * then of creation; 3. between two timers all that is ready has run; 4. setting the wall clock moves no timer.
 */
export class VirtualClock implements Clock {
  #now: number;
  #wallClockAhead = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(start = 1_700_000_000_000) {
    this.#now = start;
  }

  now(): number {
    return Math.floor(this.#now) + this.#wallClockAhead;
  }

  monotonic(): number {
    return this.#now;
  }

  timer(milliseconds: number, callback: () => void): StopTimer {
    const timer = { due: this.#now + Math.max(0, milliseconds), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers still waiting; a test asserts that none is left. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Sets the wall clock forward by `milliseconds`, or back where they are negative. */
  setWallClock(milliseconds: number): void {
    this.#wallClockAhead += milliseconds;
  }

  /** Moves time forward by `milliseconds`, firing what falls due. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await afterAllReady();
    for (let next = this.#first(); next && next.due <= end; next = this.#first()) await this.#fire(next);
    this.#now = end;
  }

  /** Moves time forward to the next timer and fires it; false where none waits. */
  async next(): Promise<boolean> {
    await afterAllReady();
    const next = this.#first();
    if (next) await this.#fire(next);
    return next !== undefined;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.due);
    timer.callback();
    await afterAllReady();
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  }
}
