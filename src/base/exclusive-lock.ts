import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sleep, type Clock } from "./clock.ts";
import { M1Error } from "./errors.ts";
import { newTemporaryName } from "./ids.ts";

const RETRY_MS = 200;
/** Somebody who only looks whether a lock is held (`isExclusivelyLocked`) keeps it for a moment. */
const LOOKING_MS = 250;
const SQLITE_BUSY = 5;

/** Locks in use: a database that nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<DatabaseSync>();

export interface LockContext {
  readonly clock: Clock;
  /** Aborting it ends the waiting; work under way must look at the signal itself. */
  readonly signal?: AbortSignal;
  /** Told once when another process has the lock and this one begins to wait. */
  readonly onWait?: () => void;
}

/**
 * Does `work` while this process alone holds the lock of that name, over all processes of the machine.
 * The lock is SQLite's, that is the kernel's: it is free the moment its holder dies, however it dies,
 * so there is no stale lock to detect. Rejects with the signal's reason when aborted while it waits.
 */
export async function withExclusiveLock<Value>(
  file: string,
  context: LockContext,
  work: () => Promise<Value>,
): Promise<Value> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file);
  held.add(database);
  try {
    for (let told = false; !acquire(database, file); told = true) {
      if (!told) context.onWait?.();
      await sleep(context.clock, RETRY_MS, context.signal);
    }
    return await work();
  } finally {
    held.delete(database);
    database.close();
  }
}

/** A lock that is held until it is released or its process dies. */
export interface ExclusiveLock extends Disposable {
  /** Doing it again changes nothing. */
  release(): void;
}

/** Who holds a lock, as it said itself: for messages only, since it may have died since. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes the lock of that name if nobody has it; undefined if somebody does, this process included. The
 * lock is as in `withExclusiveLock`; its folder must be there. No process that holds it may open the file
 * by other means, to copy it, say: POSIX frees all its locks on a file when it closes the file once.
 */
export function tryExclusiveLock(file: string): ExclusiveLock | undefined {
  makeLockFile(file);
  const database = openLock(file, { timeout: LOOKING_MS });
  let taken = false;
  try {
    taken = acquire(database, file);
  } finally {
    if (!taken) database.close();
  }
  if (!taken) return undefined;
  held.add(database);
  sayHolder(file);
  const release = () => {
    if (!held.delete(database)) return;
    forgetHolder(file);
    database.close();
  };
  return { release, [Symbol.dispose]: release };
}

/** Whether somebody holds that lock now, this process included. Changes nothing, and needs no right to. */
export function isExclusivelyLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  const database = openLock(file, { readOnly: true, timeout: 0 });
  try {
    database.prepare("SELECT 1 FROM sqlite_master").get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw lockFailed(file, error);
  } finally {
    database.close();
  }
}

/** Who said last that it holds the lock; undefined where nobody did. */
export function lockHolder(file: string): LockHolder | undefined {
  try {
    const said = JSON.parse(readFileSync(holderFile(file), "utf8")) as Partial<LockHolder>;
    return typeof said.pid === "number" && typeof said.host === "string"
      ? { pid: said.pid, host: said.host }
      : undefined;
  } catch {
    return undefined;
  }
}

function sayHolder(file: string): void {
  const holder: LockHolder = { pid: process.pid, host: hostname() };
  const temporary = path.join(path.dirname(file), newTemporaryName());
  try {
    writeFileSync(temporary, JSON.stringify(holder), { mode: 0o600 });
    renameSync(temporary, holderFile(file));
  } catch {
    // The lock holds all the same; a message will not say who has it.
    rmSync(temporary, { force: true });
  }
}

function forgetHolder(file: string): void {
  try {
    rmSync(holderFile(file), { force: true });
  } catch {
    // What it says is believed only while the lock is held.
  }
}

function holderFile(file: string): string {
  return `${file}.holder`;
}

/** For its owner only. One that is there must not be opened, see above. */
function makeLockFile(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw lockFailed(file, error);
  }
}

function openLock(file: string, options: { readonly readOnly?: boolean; readonly timeout: number }): DatabaseSync {
  try {
    return new DatabaseSync(file, options);
  } catch (error) {
    throw lockFailed(file, error);
  }
}

function acquire(database: DatabaseSync, file: string): boolean {
  try {
    // No journal: a lock can be had where nothing can be written any more.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw lockFailed(file, error);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

function lockFailed(file: string, cause: unknown): M1Error {
  return new M1Error("lock-failed", `The lock ${file} cannot be taken.`, {
    hint: "Check that its folder is on a local disk and can be written.",
    cause,
  });
}
