import { M1Error, toError } from "../base/errors.ts";
import type { LoggedEvent, RunEvent } from "../events/run-event.ts";
import type { ScopeWriter } from "../log/run-log.ts";
import { ReleaseTurns } from "./release-turns.ts";

export interface JournalOptions {
  readonly writer: ScopeWriter;
  readonly signal: AbortSignal;
  /** Told when nothing more can be kept of the team: it may wait for what never comes. */
  readonly onFault: (failure: Error) => void;
}

/**
 * Owns: what one team has under way (executors, appends), and why the log takes nothing of it any more.
 * Does not own: what is written, and when.
 * Invariants: 1. what could not be written for what it says is that event's fault, and the log goes on; any
 * other failure closes the journal; 2. an append that nobody waits for fails the next thing the team does;
 * 3. what the team is given resolves in log order, one at a time, as a resumed team is given it again (S1).
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #turns = new ReleaseTurns();
  readonly #underWay = new Map<string, Promise<unknown>>();
  #logFailure: Error | undefined;
  #reportFailure: Error | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
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
    this.#options.signal.throwIfAborted();
    const failure = this.#logFailure ?? this.#reportFailure;
    if (failure) throw failure;
  }

  /** Resolves when the events are durable, all or none. */
  async append(...events: readonly RunEvent[]): Promise<readonly LoggedEvent[]> {
    if (this.#logFailure) throw this.#logFailure;
    try {
      return await this.#options.writer.append(events);
    } catch (error) {
      if (!(error instanceof M1Error && error.code === "event-unwritable")) this.close(toError(error));
      throw error;
    }
  }

  /** As `append`, for what comes back to team code: resolves when it is this one's turn. */
  async give(...events: readonly RunEvent[]): Promise<void> {
    await this.append(...events);
    await new Promise<void>((resolve) => this.#turns.pass(resolve));
  }

  /** Nothing more can be kept of this team, for this reason. */
  close(failure: Error): void {
    if (this.#logFailure) return;
    this.#logFailure = failure;
    this.#options.onFault(failure);
  }

  /** Appends; nobody need wait: what later leaves the process is appended behind it, so it is durable by then. */
  tell(event: RunEvent): Promise<unknown> {
    const appended = this.append(event);
    appended.catch((error: unknown) => {
      this.#reportFailure ??= toError(error);
    });
    this.track(`report ${event.type}`, appended);
    return appended;
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
