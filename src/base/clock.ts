import { performance } from "node:perf_hooks";

/** Stops a timer; calling it again, or after the timer fired, does nothing. */
export type StopTimer = () => void;

/** The only source of time in the system. Real in production, virtual in simulations and tests. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch; may jump. */
  now(): number;
  /** Monotonic time in milliseconds, for durations; its zero means nothing. */
  monotonic(): number;
  /** Calls `callback` once after `milliseconds`. The timer keeps the process alive. */
  timer(milliseconds: number, callback: () => void): StopTimer;
}

/** Node rejects longer timers (they would fire at once), so long ones are chained. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(milliseconds, callback) {
    if (milliseconds <= LONGEST_TIMER) {
      const handle = setTimeout(callback, Math.max(0, milliseconds));
      return () => clearTimeout(handle);
    }
    let stop: StopTimer = () => {};
    const handle = setTimeout(() => {
      stop = realClock.timer(milliseconds - LONGEST_TIMER, callback);
    }, LONGEST_TIMER);
    return () => {
      clearTimeout(handle);
      stop();
    };
  },
};

/** Waits `milliseconds`; an abort rejects at once with the signal's reason and leaves no timer. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      stop();
      reject(signal?.reason);
    };
    const stop = clock.timer(milliseconds, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
