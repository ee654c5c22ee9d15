import { afterReadyEvents } from "../base/event-loop.ts";

/**
 * Owns: when team code hears of what came for it. Does not own: what that is.
 * Invariants: 1. one is released at a time, in the order of asking; 2. between two, all code that is ready has
 * run. So code that races several steps sees an order that the log has, however many came in one commit.
 */
export class ReleaseTurns {
  readonly #waiting: (() => void)[] = [];
  #resting = false;

  /** Calls `release` when its turn has come: at once if nobody is before it. */
  pass(release: () => void): void {
    if (this.#resting) return void this.#waiting.push(release);
    this.#resting = true;
    release();
    afterReadyEvents(() => {
      this.#resting = false;
      const next = this.#waiting.shift();
      if (next) this.pass(next);
    });
  }
}
