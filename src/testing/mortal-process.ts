import type { Clock, StopTimer } from "../base/clock.ts";

/**
 * A process in a simulation of crashes. What it is given of the outside goes through it.
 * Owns: whether it lives, and its timers. Does not own: what it works on; that may outlive it.
 * Invariants: 1. after its death no timer of it fires, and nothing that it follows comes; 2. it dies once.
 */
export class MortalProcess {
  /** The time, with timers that die with the process. */
  readonly clock: Clock;
  readonly #timers = new Set<StopTimer>();
  readonly #death = Promise.withResolvers<void>();
  #alive = true;

  constructor(clock: Clock) {
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      timer: (milliseconds, callback) => this.#timer(clock, milliseconds, callback),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Resolves when it dies. */
  get death(): Promise<void> {
    return this.#death.promise;
  }

  /** Its timers that wait; none may be left when its work is done. */
  get pending(): number {
    return this.#timers.size;
  }

  /** As SIGKILL does it: at once, and nothing of it is told. */
  die(): void {
    this.#alive = false;
    for (const stop of this.#timers) stop();
    this.#timers.clear();
    this.#death.resolve();
  }

  /** Follows `work` as long as the process lives; what comes later never comes. */
  follow<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const whileAlive =
        <Settled>(settle: (value: Settled) => void) =>
        (value: Settled) => {
          if (this.#alive) settle(value);
        };
      work.then(whileAlive(resolve), whileAlive(reject));
    });
  }

  #timer(clock: Clock, milliseconds: number, callback: () => void): StopTimer {
    if (!this.#alive) return () => {};
    const stop = () => {
      stopTimer();
      this.#timers.delete(stop);
    };
    const stopTimer = clock.timer(milliseconds, () => {
      this.#timers.delete(stop);
      callback();
    });
    this.#timers.add(stop);
    return stop;
  }
}
