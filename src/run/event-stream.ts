import type { LoggedEvent } from "../events/run-event.ts";

/**
 * Owns: the events that were logged and not yet read by one reader. Events pushed before the reader
 * comes are kept for it; after `end` the reader drains what is left and stops.
 */
export class EventStream implements AsyncIterable<LoggedEvent> {
  #queue: LoggedEvent[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;

  push(event: LoggedEvent): void {
    this.#queue.push(event);
    this.#wake?.();
  }

  end(failure?: Error): void {
    this.#ended = true;
    this.#failure = failure;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LoggedEvent, void, void> {
    for (;;) {
      const batch = this.#queue;
      this.#queue = [];
      yield* batch;
      if (this.#queue.length > 0) continue;
      if (this.#ended) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    if (this.#failure) throw this.#failure;
  }
}
