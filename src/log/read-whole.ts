import { M1Error } from "../base/errors.ts";
import type { LoggedEvent } from "../events/run-event.ts";
import type { RunLog } from "./run-log.ts";

/**
 * What can be read of a log, damaged or not. Owns: how far the newest reading came, and why it ended. Does not own:
 * the log. Invariant: what it gives comes before the first damage; each reading begins anew.
 */
export class WholePart implements Iterable<LoggedEvent> {
  readonly #log: RunLog;
  #problem: M1Error | undefined;
  #last: LoggedEvent | undefined;

  constructor(log: RunLog) {
    this.#log = log;
  }

  /** Why the events end where they do, once they were read; undefined where the log is whole. */
  get problem(): M1Error | undefined {
    return this.#problem;
  }

  /** The newest event that was read. */
  get last(): LoggedEvent | undefined {
    return this.#last;
  }

  /** The events before the first that cannot be read. Throws what is no `M1Error`. */
  *[Symbol.iterator](): Generator<LoggedEvent, void, undefined> {
    this.#problem = undefined;
    this.#last = undefined;
    try {
      for (const event of this.#log.read()) {
        this.#last = event;
        yield event;
      }
    } catch (error) {
      if (!(error instanceof M1Error)) throw error;
      this.#problem = error;
    }
  }
}

/** The log's events up to the first damage, and then what is wrong, instead of an error amid them. */
export function readWhole(log: RunLog): WholePart {
  return new WholePart(log);
}
