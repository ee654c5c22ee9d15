import type { Clock, StopTimer } from "./clock.ts";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * Owns: simulated time and its timers. Does not own: anything that really waits.
 * Invariants: 1. time moves only through `advance`; 2. timers fire in order of due time, then of
 * creation; 3. between two timers all promise reactions have run.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(start = 1_700_000_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
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

  /** Moves time forward by `milliseconds`, firing what falls due. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (let next = this.#next(); next && next.due <= end; next = this.#next()) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets every promise reaction (and the log's next-tick commits) run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
