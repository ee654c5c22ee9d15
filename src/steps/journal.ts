import { M1Error, toError } from "../base/errors.ts";
import type { LoggedEvent, RunEvent } from "../events/run-event.ts";
import type { ScopeWriter } from "../log/run-log.ts";

/**
 * Owns: what one team has under way (executors, appends), and why the log takes nothing of it any more.
 * Does not own: what is written, and when.
 * Invariants: 1. what could not be written for what it says is that event's fault, and the log goes on; any
 * other failure closes the journal; 2. an append that nobody waits for fails the next thing the team does.
 */
export class Journal {
  readonly #writer: ScopeWriter;
  readonly #signal: AbortSignal;
  readonly #underWay = new Map<string, Promise<unknown>>();
  #logFailure: Error | undefined;
  #reportFailure: Error | undefined;

  constructor(writer: ScopeWriter, signal: AbortSignal) {
    this.#writer = writer;
    this.#signal = signal;
  }

  /** What has not let go yet, by key. */
  get stillAlive(): readonly string[] {
    return [...this.#underWay.keys()];
  }

  /** Why the log takes nothing of this team any more; its steps then fail for no fault of the team. */
  get logFailure(): Error | undefined {
    return this.#logFailure;
  }

  /** Resolves when nothing is under way any more. */
  async quiet(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.values());
  }

  /** Throws where the team was stopped or the log failed. */
  assertOpen(): void {
    this.#signal.throwIfAborted();
    const failure = this.#logFailure ?? this.#reportFailure;
    if (failure) throw failure;
  }

  /** Resolves when the events are durable, all or none. */
  async append(...events: readonly RunEvent[]): Promise<readonly LoggedEvent[]> {
    if (this.#logFailure) throw this.#logFailure;
    try {
      return await this.#writer.append(events);
    } catch (error) {
      if (!(error instanceof M1Error && error.code === "event-unwritable")) this.close(toError(error));
      throw error;
    }
  }

  /** Nothing more can be kept of this team, for this reason. */
  close(failure: Error): void {
    this.#logFailure ??= failure;
  }

  /** Appends without waiting: what later leaves the process is appended behind it, so it is durable by then. */
  tell(event: RunEvent): void {
    const appended = this.append(event);
    appended.catch((error: unknown) => {
      this.#reportFailure ??= toError(error);
    });
    this.track(`report ${event.type}`, appended);
  }

  /** Notes that something is under way until it settles. */
  track(key: string, work: Promise<unknown>): void {
    const done = work.then(
      () => {},
      () => {},
    );
    this.#underWay.set(key, done);
    void done.then(() => {
      if (this.#underWay.get(key) === done) this.#underWay.delete(key);
    });
  }
}
