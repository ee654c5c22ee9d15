import type { StoredEvent } from "./chain.ts";
import type { NamedText } from "./event-codec.ts";
import type { LogHead } from "./run-log.ts";

/**
 * Where a run's log keeps its rows. It knows nothing of events, fencing or batches: `StoredLog` does, and
 * so they are the same for every store.
 */
export interface LogStore {
  /**
   * Runs `work` in one transaction, which is durable when this returns. Whatever throws, nothing of it
   * is stored then. Throws `StoreBusy` while another process writes, `log-disk` when the disk refuses.
   */
  transaction<Result>(work: (transaction: LogTransaction) => Result): Result;
  head(): LogHead;
  /** The newest version that any event is in. */
  version(): number;
  /** At most `limit` events from number `from` on, oldest first. */
  page(from: number, limit: number): readonly StoredEvent[];
  text(hash: string): string | undefined;
  blob(hash: string): string | undefined;
  close(): void;
}

/** The newest event and its time; 0 while there is none. */
export interface TimedHead extends LogHead {
  readonly time: number;
}

export interface LogTransaction {
  /** The newest event, whichever process wrote it. */
  head(): TimedHead;
  /** The valid token of a scope; 0 before its first. */
  token(scope: string): number;
  setToken(scope: string, token: number): void;
  version(): number;
  /** From now on there may be events of this version; a lower one than before changes nothing. */
  raiseVersion(version: number): void;
  /** Stores a text unless it is there. */
  addText(text: NamedText): void;
  addEvent(event: StoredEvent): void;
}
