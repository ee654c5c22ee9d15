import type { LoggedEvent, RunEvent, Scope } from "../events/run-event.ts";
import { M1Error } from "../base/errors.ts";

/** Names bytes by their SHA-256 in lower-case hex. */
export type BlobId = string;

/** A file that was stored. */
export interface StoredFile {
  readonly id: BlobId;
  readonly bytes: number;
}

/** Where bytes are put to be kept. */
export interface BlobSink {
  /** Stores bytes once; storing them again costs a look. Throws `log-disk` when the disk refuses. */
  put(bytes: Uint8Array): Promise<BlobId>;
  /**
   * Stores what an open file holds, from its beginning to the end that it has now, in pieces. Throws as `put`
   * does, and the system's error where the file cannot be read; on abort the signal's reason.
   */
  putFile(descriptor: number, signal?: AbortSignal): Promise<StoredFile>;
}

/** Many blobs that are made durable together: none may be named by an event before `commit` has resolved. */
export interface BlobBatch extends BlobSink {
  /** Throws `log-disk` when the disk refuses: then none may be named. */
  commit(): Promise<void>;
  /** Forgets what was put and not committed. */
  discard(): void;
}

/** Content-addressed bytes of one run. A blob is fsynced before `put` resolves, so an event may then name it. */
export interface BlobStore extends BlobSink {
  batch(): BlobBatch;
  /** Throws `blob-missing` or, where the bytes do not match their name, `blob-damaged`. */
  get(id: BlobId): Promise<Uint8Array>;
  /** The bytes in pieces, each good until the next one is asked for. Throws as `get` does: damage shows at the end. */
  stream(id: BlobId): AsyncIterable<Uint8Array>;
  /**
   * Writes a blob into a file that is open and empty; shares its blocks where the file system can. Throws as `get`
   * does, and the system's error where the file cannot be written; what is then in the file is of no use.
   */
  copyTo(id: BlobId, descriptor: number): Promise<void>;
}

/** The one writer of one scope's events. Acquiring a scope again makes all earlier writers stale. */
export interface ScopeWriter {
  readonly scope: Scope;
  /**
   * Appends events in order, all or none, and resolves once they are fsynced. Appends that come
   * together share a commit. Throws `LogFenced` from a stale writer, `log-closed` after `close`,
   * `event-unwritable` for what is no JSON, `log-disk` when the disk refuses, `log-busy` when another
   * process holds the log for ten seconds; nothing of this append is then in the log.
   */
  append(events: readonly RunEvent[]): Promise<readonly LoggedEvent[]>;
}

/** The place of the newest event: its number, and the hash that stands for the whole chain to it. */
export interface LogHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * The append-only, hash-chained list of one run's events (promises L1 to L5). Port; its stores are
 * `MemoryLog` and `SqliteLog`, held to one contract suite.
 */
export interface RunLog {
  readonly runId: string;
  readonly blobs: BlobStore;
  /** Throws `log-read-only` where the log was opened for reading, `log-closed`, `log-disk`. */
  acquire(scope: Scope): Promise<ScopeWriter>;
  /**
   * All events from number `from` (1 is the first), oldest first. Throws `log-damaged`, naming the
   * event, at the first one that does not fit the chain, its texts' names or the vocabulary.
   */
  read(from?: number): Iterable<LoggedEvent>;
  /**
   * Calls `listener` with every event appended from now on, in log order, after its commit; events of
   * another process come with this one's next commit. What the listener throws becomes a process
   * warning. Returns the unsubscriber.
   */
  subscribe(listener: (event: LoggedEvent) => void): () => void;
  head(): LogHead;
  /** Waits for what was appended, then closes; closing twice is allowed. All else throws `log-closed` from then on. */
  close(): Promise<void>;
}

/** A writer lost its scope to a newer one (another process resumed the run): it must stop. */
export class LogFenced extends M1Error {
  constructor(scope: Scope) {
    super("log-fenced", `Another writer has taken over "${scope}" of this run.`, {
      hint: "Another process goes on with this run; leave it to that one.",
    });
    this.name = "LogFenced";
  }
}

const LOG_FAILURES: ReadonlySet<string> = new Set(["log-disk", "log-busy", "log-fenced", "log-closed"]);

/** Whether the log or the disk under it fails, or is another process's by now: nothing more can be kept of the run. */
export function isLogFailure(error: unknown): boolean {
  return error instanceof M1Error && LOG_FAILURES.has(error.code);
}
