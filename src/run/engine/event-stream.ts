import { M1Error } from "../../base/errors.ts";
import type { LoggedEvent } from "../../events/run-event.ts";
import type { RunLog } from "../../log/run-log.ts";

/**
 * The events of a run for its readers: each gets every event, from the first or from a later one on, at its own pace.
 * Owns: who waits for the next event. Does not own: the events; these are read from the log, so that
 * nothing gathers in memory when nobody reads, or somebody reads slowly.
 */
export class EventStream implements AsyncIterable<LoggedEvent> {
  readonly #reopen: () => RunLog;
  readonly #waiting = new Set<() => void>();
  #log: RunLog | undefined;
  #newest = 0;
  #first = 1;
  #ended = false;
  #failure: Error | undefined;

  /** `reopen` opens the log for reading once the run has closed it. */
  constructor(reopen: () => RunLog) {
    this.#reopen = reopen;
  }

  /** Follows a log until `end`. Whoever opened it closes it. */
  follow(log: RunLog): void {
    this.#log = log;
    // A run that goes on, or has ended, has events already.
    this.#newest = log.head().seq;
    log.subscribe(({ seq }) => {
      this.#newest = seq;
      this.#wake();
    });
  }

  /** Readers are not told the events up to this number. */
  skip(seq: number): void {
    this.#first = seq + 1;
  }

  /** No event comes any more. Readers get what is left, then the failure, if there is one. */
  end(failure?: Error): void {
    this.#ended = true;
    this.#failure = failure;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LoggedEvent, void, void> {
    let next = 1;
    for (;;) {
      const ended = this.#ended;
      next = Math.max(next, this.#first);
      for (const event of this.#read(next)) {
        yield event;
        next = event.seq + 1;
      }
      if (ended) break;
      if (this.#newest < next && !this.#ended) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    if (this.#failure) throw this.#failure;
  }

  *#read(from: number): Generator<LoggedEvent, void, void> {
    if (!this.#log || this.#newest < from) return;
    let next = from;
    try {
      for (const event of this.#log.read(from)) {
        yield event;
        next = event.seq + 1;
      }
    } catch (error) {
      if (!(error instanceof M1Error && error.code === "log-closed")) throw error;
      yield* this.#readClosed(next);
    }
  }

  *#readClosed(from: number): Generator<LoggedEvent, void, void> {
    const log = this.#reopen();
    try {
      yield* log.read(from);
    } finally {
      void log.close();
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
