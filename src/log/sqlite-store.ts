import type { DatabaseSync } from "node:sqlite";
import { M1Error } from "../base/errors.ts";
import { emptyHead, type StoredEvent } from "./chain.ts";
import type { NamedText } from "./event-codec.ts";
import type { FileBlobStore } from "./file-blob-store.ts";
import type { LogStore, LogTransaction, TimedHead } from "./log-store.ts";
import type { LogHead } from "./run-log.ts";
import { readingError, sqliteError } from "./sqlite-error.ts";

/** SQLite's own waiting blocks the event loop: only as long as another process's commit commonly takes. */
const BUSY_TIMEOUT_MS = 3;

/**
 * Owns: an open database with a run's rows.
 * Does not own: their meaning (`StoredLog`), the file's layout and checks (`sqlite-file.ts`).
 * Invariants: 1. what it remembers of head, tokens and version holds only while no other connection has
 * committed (`data_version` tells) and no transaction of its own has failed; 2. reads leave no
 * transaction open, so that checkpoints are never held back.
 */
export class SqliteStore implements LogStore, Disposable {
  readonly #database: DatabaseSync;
  readonly #blobs: FileBlobStore;
  readonly #runId: string;
  readonly #readOnly: boolean;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #transaction: LogTransaction;
  #dataVersion: number | undefined;
  #head: TimedHead | undefined;
  #eventVersion: number | undefined;
  readonly #tokens = new Map<string, number>();

  constructor(options: { database: DatabaseSync; blobs: FileBlobStore; runId: string; readOnly: boolean }) {
    this.#database = options.database;
    this.#blobs = options.blobs;
    this.#runId = options.runId;
    this.#readOnly = options.readOnly;
    this.#statements = this.#prepare();
    this.#transaction = {
      head: () => (this.#head ??= this.#readHead()),
      token: (scope) => this.#token(scope),
      setToken: (scope, token) => this.#setToken(scope, token),
      version: () => (this.#eventVersion ??= this.#readVersion()),
      raiseVersion: (version) => this.#raiseVersion(version),
      addText: (text) => this.#addText(text),
      addEvent: (event) => this.#addEvent(event),
    };
  }

  #prepare(): ReturnType<typeof prepareStatements> {
    try {
      if (!this.#readOnly) this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      return prepareStatements(this.#database);
    } catch (error) {
      this.#database.close();
      throw sqliteError(error, `The log of run ${this.#runId} cannot be opened`);
    }
  }

  transaction<Result>(work: (transaction: LogTransaction) => Result): Result {
    if (this.#readOnly)
      throw new M1Error("log-read-only", `The log of run ${this.#runId} was opened for reading only.`);
    try {
      this.#statements.begin.run();
      this.#forgetIfStale();
      const result = work(this.#transaction);
      this.#statements.commit.run();
      return result;
    } catch (error) {
      this.#rollback();
      throw sqliteError(error, `The log of run ${this.#runId} cannot be written`);
    }
  }

  head(): LogHead {
    const { seq, hash } = this.#reading(() => this.#readHead());
    return { seq, hash };
  }

  version(): number {
    return this.#reading(() => this.#readVersion());
  }

  page(from: number, limit: number): readonly StoredEvent[] {
    return this.#reading(() => this.#statements.page.all(from, limit).map(asStored));
  }

  text(hash: string): string | undefined {
    return this.#reading(() => {
      const row = this.#statements.text.get(Buffer.from(hash, "hex"));
      return row && String(row["content"]);
    });
  }

  blob(hash: string): string | undefined {
    return this.#blobs.getNow(hash)?.toString();
  }

  close(): void {
    if (!this.#readOnly) this.#becomeOneFile();
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The last to leave drops the side files: then reading needs none, and works where nothing may be written. */
  #becomeOneFile(): void {
    try {
      this.#database.exec("PRAGMA journal_mode = DELETE");
    } catch {
      // Somebody else has the log open. Everything is durable as it is.
    }
  }

  #reading<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (!this.#database.isOpen) throw new M1Error("log-closed", `The log of run ${this.#runId} has been closed.`);
      throw readingError(error, `The log of run ${this.#runId} cannot be read`);
    }
  }

  #readHead(): TimedHead {
    const row = this.#statements.head.get();
    if (!row) return { ...emptyHead(this.#runId), time: 0 };
    return { seq: Number(row["seq"]), hash: String(row["hash"]), time: Number(row["time"]) };
  }

  #readVersion(): number {
    return Number(this.#statements.eventVersion.get()?.["user_version"]);
  }

  #raiseVersion(version: number): void {
    if (version <= this.#transaction.version()) return;
    // A pragma takes no parameters; this is a number.
    this.#database.exec(`PRAGMA user_version = ${version}`);
    this.#eventVersion = version;
  }

  #forgetIfStale(): void {
    const version = Number(this.#statements.dataVersion.get()?.["data_version"]);
    if (version === this.#dataVersion) return;
    this.#forget();
    this.#dataVersion = version;
  }

  #forget(): void {
    this.#dataVersion = undefined;
    this.#head = undefined;
    this.#eventVersion = undefined;
    this.#tokens.clear();
  }

  #rollback(): void {
    this.#forget();
    // After some errors SQLite has rolled back by itself.
    if (this.#database.isTransaction) this.#statements.rollback.run();
  }

  #token(scope: string): number {
    const known = this.#tokens.get(scope);
    if (known !== undefined) return known;
    const token = Number(this.#statements.token.get(scope)?.["token"] ?? 0);
    this.#tokens.set(scope, token);
    return token;
  }

  #setToken(scope: string, token: number): void {
    this.#statements.setToken.run(scope, token);
    this.#tokens.set(scope, token);
  }

  #addText(text: NamedText): void {
    this.#statements.addText.run(Buffer.from(text.hash, "hex"), text.content);
  }

  #addEvent({ seq, time, scope, body, hash }: StoredEvent): void {
    this.#statements.addEvent.run(seq, time, scope, body, Buffer.from(hash, "hex"));
    this.#head = { seq, hash, time };
  }
}

/** A damaged row may hold anything. */
function asStored(row: Record<string, unknown>): StoredEvent {
  const { seq, time, scope, body, hash } = row;
  if (typeof seq !== "number" || typeof time !== "number") throw notStored();
  if (typeof scope !== "string" || typeof body !== "string" || typeof hash !== "string") throw notStored();
  return { seq, time, scope, body, hash };
}

function notStored(): M1Error {
  return new M1Error("log-damaged", "A row of the log holds what was never written there.");
}

function prepareStatements(database: DatabaseSync) {
  return {
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    rollback: database.prepare("ROLLBACK"),
    dataVersion: database.prepare("PRAGMA data_version"),
    eventVersion: database.prepare("PRAGMA user_version"),
    head: database.prepare("SELECT seq, time, lower(hex(hash)) AS hash FROM events ORDER BY seq DESC LIMIT 1"),
    page: database.prepare(
      "SELECT seq, time, scope, body, lower(hex(hash)) AS hash FROM events WHERE seq >= ? ORDER BY seq LIMIT ?",
    ),
    text: database.prepare("SELECT content FROM texts WHERE hash = ?"),
    token: database.prepare("SELECT token FROM tokens WHERE scope = ?"),
    setToken: database.prepare("INSERT OR REPLACE INTO tokens (scope, token) VALUES (?, ?)"),
    addText: database.prepare("INSERT OR IGNORE INTO texts (hash, content) VALUES (?, ?)"),
    addEvent: database.prepare("INSERT INTO events (seq, time, scope, body, hash) VALUES (?, ?, ?, ?, ?)"),
  };
}
