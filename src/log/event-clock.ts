import type { Clock } from "../base/clock.ts";

/**
 * Owns: the times that this process gives to a log's events. Does not own: those that others gave.
 * Invariants: 1. no event is before the one before it, whoever wrote that; 2. the time is the wall clock's,
 * unless that was set back: then it goes on by the monotonic clock until the wall clock has caught up.
 */
export class EventClock {
  readonly #clock: Clock;
  /** A time that was given, and when by the monotonic clock. */
  #given: { readonly time: number; readonly at: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time of events that follow one of the time `last`. */
  after(last: number): number {
    const at = this.#clock.monotonic();
    // Rounded down, as the wall clock's milliseconds are, so that it never runs ahead of a clock that is right.
    const passed = this.#given && Math.floor(this.#given.time + at - this.#given.at);
    const time = Math.max(this.#clock.now(), passed ?? last, last);
    if (time !== passed) this.#given = { time, at };
    return time;
  }
}
