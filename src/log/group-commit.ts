import type { Clock } from "../base/clock.ts";
import { M1Error } from "../base/errors.ts";

/** A heavier commit would block the event loop too long. */
const MAX_WEIGHT = 64;
/** How long another process may hold the log before an append fails. */
const BUSY_LIMIT_MS = 10_000;
const LONGEST_BUSY_WAIT_MS = 16;

/** Something that waits for a commit. */
export interface CommitJob {
  /** How many events it brings, each counted more if it is large. */
  readonly weight: number;
  reject(error: unknown): void;
}

export interface GroupCommitOptions<Job> {
  readonly clock: Clock;
  /** Calls back soon, so that jobs which come meanwhile share the commit. */
  readonly soon: (callback: () => void) => void;
  /**
   * Makes a batch durable and settles its jobs. Throws when nothing of it was stored; `StoreBusy` when it may be tried
   * again.
   */
  readonly commit: (batch: readonly Job[]) => void;
}

/** Another process writes to the log at this moment. */
export class StoreBusy extends M1Error {
  constructor(cause: unknown) {
    super("log-busy", "Another process holds this run's log.", {
      cause,
      hint: "See whether a stopped or debugged process still has the run open.",
    });
    this.name = "StoreBusy";
  }
}

/**
 * Owns: the jobs that wait for a commit, and when the next one happens.
 * Does not own: what a commit does.
 * Invariants: 1. jobs are committed in the order they came; 2. a commit takes at most a weight of 64, or
 * one heavier job alone; 3. a commit that fails rejects its own jobs and no other; 4. between two commits
 * whatever else is ready gets its turn.
 */
export class GroupCommit<Job extends CommitJob> {
  readonly #options: GroupCommitOptions<Job>;
  readonly #queue: Job[] = [];
  #due = false;
  #busySince: number | undefined;
  #busyWaitMs = 1;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: GroupCommitOptions<Job>) {
    this.#options = options;
  }

  add(job: Job): void {
    this.#queue.push(job);
    this.#arrange();
  }

  /** Resolves when nothing waits any more. */
  idle(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  #arrange(): void {
    if (this.#due || this.#queue.length === 0) return;
    this.#due = true;
    this.#options.soon(this.#flush);
  }

  readonly #flush = (): void => {
    const batch = this.#queue.slice(0, this.#batchLength());
    try {
      this.#options.commit(batch);
    } catch (error) {
      if (error instanceof StoreBusy && this.#waitWhileBusy()) return;
      for (const job of batch) job.reject(error);
    }
    this.#busySince = undefined;
    this.#busyWaitMs = 1;
    this.#queue.splice(0, batch.length);
    this.#due = false;
    this.#arrange();
    if (this.#queue.length > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  };

  #batchLength(): number {
    let weight = 0;
    const tooHeavy = this.#queue.findIndex((job, index) => {
      weight += job.weight;
      return index > 0 && weight > MAX_WEIGHT;
    });
    return tooHeavy === -1 ? this.#queue.length : tooHeavy;
  }

  /** Waits off the event loop, a little longer each time; false when it has waited long enough. */
  #waitWhileBusy(): boolean {
    const now = this.#options.clock.monotonic();
    this.#busySince ??= now;
    if (now - this.#busySince >= BUSY_LIMIT_MS) return false;
    this.#options.clock.timer(this.#busyWaitMs, this.#flush);
    this.#busyWaitMs = Math.min(this.#busyWaitMs * 2, LONGEST_BUSY_WAIT_MS);
    return true;
  }
}
