import { existsSync } from "node:fs";
import path from "node:path";
import { blobsDirectory } from "../base/directories.ts";
import { isExclusivelyLocked, lockHolder, tryExclusiveLock, type ExclusiveLock } from "../base/exclusive-lock.ts";
import { UsageError } from "../base/errors.ts";
import { makeDurableDirectory } from "./durable-directory.ts";
import { removeTemporaryFiles } from "./temporary-files.ts";

/** Held by the one process that works on a run; free when it is released or its process dies, however it dies. */
export type RunLock = ExclusiveLock;

/**
 * Makes this process the one that works on the run of that directory, which is made if need be. Fencing
 * tokens are behind it: it keeps a second process from beginning, they keep a stale one from writing. What a
 * process that was killed has left half-written is removed.
 * Throws `UsageError` (`run-busy`) at once where another process has it, `lock-failed`, `log-disk`.
 */
export function lockRun(directory: string): RunLock {
  makeDurableDirectory(directory);
  return lockThere(directory);
}

/** The same for a run that is there: undefined where it is not, or somebody has just removed it. */
export function lockKeptRun(directory: string): RunLock | undefined {
  const isThere = () => existsSync(directory);
  try {
    const lock = isThere() ? lockThere(directory) : undefined;
    if (lock && isThere()) return lock;
    lock?.release();
  } catch (error) {
    if (isThere()) throw error;
  }
  return undefined;
}

function lockThere(directory: string): RunLock {
  const lock = tryExclusiveLock(lockPath(directory));
  if (lock) return tidied(lock, directory);
  const holder = lockHolder(lockPath(directory));
  const who = holder ? ` (pid ${holder.pid} on ${holder.host})` : "";
  throw new UsageError("run-busy", `Another process is working on this run${who}: ${path.basename(directory)}.`, {
    hint: "Let it go on, or end it first. `m1p show` tells how far it is.",
  });
}

function tidied(lock: RunLock, directory: string): RunLock {
  try {
    for (const folder of [directory, blobsDirectory(directory)]) removeTemporaryFiles(folder);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Whether some process works on the run now. Needs no right to write. Throws `lock-failed`. */
export function isRunLocked(directory: string): boolean {
  return isExclusivelyLocked(lockPath(directory));
}

function lockPath(directory: string): string {
  return path.join(directory, "run.lock");
}
