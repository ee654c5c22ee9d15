import { mkdir } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sleep, type Clock } from "./clock.ts";
import { M1Error } from "./errors.ts";

const RETRY_MS = 200;
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

function acquire(database: DatabaseSync, file: string): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return false;
    throw new M1Error("lock-failed", `The lock ${file} cannot be taken.`, {
      hint: "Check that its folder is on a local disk and can be written.",
      cause: error,
    });
  }
}
