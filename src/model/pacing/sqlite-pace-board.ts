import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { toError } from "../../base/errors.ts";
import { MemoryPaceBoard } from "./memory-pace-board.ts";
import type { PaceBoard } from "./pace-board.ts";
import { recallPaceState, type PaceState } from "./pace-state.ts";

/** Another process is in a transaction for microseconds; one that was stopped amid it must not hold us up. */
const BUSY_MS = 250;
/** After having waited for it in vain, nobody looks for so long: each look would hold up all that the process does. */
const BUSY_AGAIN_MS = 5_000;

interface Open {
  readonly database: DatabaseSync;
  readonly begin: StatementSync;
  readonly commit: StatementSync;
  readonly rollback: StatementSync;
  readonly read: StatementSync;
  readonly write: StatementSync;
}

/** The file of a data directory in which its processes share what they know of providers' limits. */
function pacingFile(dataDir: string): string {
  return path.join(dataDir, "pacing.db");
}

/**
 * Keeps the state in a file that all processes of a data directory share.
 * Owns: the file, and its opening when it is first needed. Does not own: what the state means.
 * Invariants: 1. a process that dies, however it dies, leaves the state whole, and holds nobody up; 2. pacing
 * never fails a call: without a file that can be used, the process paces by itself. It is no truth to keep,
 * so nothing waits for the disk.
 */
export class SqlitePaceBoard implements PaceBoard {
  readonly #file: string;
  readonly #alone = new MemoryPaceBoard();
  #open: Open | undefined;
  #isUsable = true;
  /** When the file was found to be held by another for long, Unix milliseconds. */
  #busyAt: number | undefined;

  constructor(dataDir: string) {
    this.#file = pacingFile(dataDir);
  }

  get isCostly(): boolean {
    return this.#isUsable;
  }

  update<Result>(key: string, now: number, change: (state: PaceState) => Result): Result {
    const open = this.#isHeld(now) ? undefined : this.#opened(now);
    if (!open || !this.#begin(open, now)) return this.#alone.update(key, now, change);
    const kept = this.#try(() => open.read.get(key)?.["state"]);
    const state = recallPaceState(parsed(kept), now);
    let result: Result;
    try {
      result = change(state);
    } catch (error) {
      this.#try(() => open.rollback.run());
      throw error;
    }
    this.#try(() => {
      open.write.run(key, JSON.stringify(state));
      open.commit.run();
    });
    return result;
  }

  close(): void {
    const open = this.#open;
    this.#open = undefined;
    this.#try(() => open?.database.close());
  }

  /** Whether somebody was found to hold the file a moment ago. A clock that was set back ends that. */
  #isHeld(now: number): boolean {
    return this.#busyAt !== undefined && now >= this.#busyAt && now - this.#busyAt < BUSY_AGAIN_MS;
  }

  #begin(open: Open, now: number): boolean {
    try {
      open.begin.run();
      return true;
    } catch (error) {
      if (isBusy(error)) this.#busyAt = now;
      else this.#giveUp(error);
      return false;
    }
  }

  #opened(now: number): Open | undefined {
    if (this.#open || !this.#isUsable) return this.#open;
    try {
      this.#open = openOrRemake(this.#file);
    } catch (error) {
      // Another process is just making it: next time, then.
      if (isBusy(error)) this.#busyAt = now;
      else this.#giveUp(error);
    }
    return this.#open;
  }

  #try<Value>(work: () => Value): Value | undefined {
    try {
      return work();
    } catch (error) {
      this.#giveUp(error);
      return undefined;
    }
  }

  #giveUp(error: unknown): void {
    if (!this.#isUsable) return;
    const open = this.#open;
    this.#open = undefined;
    this.#isUsable = false;
    try {
      open?.database.close();
    } catch {
      // It is given up already.
    }
    const message = `Processes cannot share what they know of rate limits: ${toError(error).message}.`;
    process.emitWarning(`${message} This one paces by itself.`, { code: "M1P_PACING", detail: this.#file });
  }
}

function parsed(kept: unknown): unknown {
  if (typeof kept !== "string") return undefined;
  try {
    return JSON.parse(kept);
  } catch {
    return undefined;
  }
}

/** A damaged file is made anew: it says nothing that is not soon found out again. */
function openOrRemake(file: string): Open {
  try {
    return openFile(file);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true });
    return openFile(file);
  }
}

function openFile(file: string): Open {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // For its owner only; SQLite gives its side files the mode of this one.
  closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF");
    database.exec("CREATE TABLE IF NOT EXISTS pace (key TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID");
    return {
      database,
      begin: database.prepare("BEGIN IMMEDIATE"),
      commit: database.prepare("COMMIT"),
      rollback: database.prepare("ROLLBACK"),
      read: database.prepare("SELECT state FROM pace WHERE key = ?"),
      write: database.prepare("INSERT OR REPLACE INTO pace (key, state) VALUES (?, ?)"),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function codeOf(error: unknown): number {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
}

function isBusy(error: unknown): boolean {
  return codeOf(error) === 5;
}

/** Corrupt, or no database at all. */
function isDamaged(error: unknown): boolean {
  return [11, 26].includes(codeOf(error));
}
