import { mkdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { isMissingFile } from "../../log/disk-error.ts";

/** Another team's command can take the shared folder away so often in a row, and hardly more. */
const TRIES = 100;

/**
 * Does `work` while `folder` is there, new and empty; with the work it goes, and the folder it lies in as well, where
 * no other command of the run is at work.
 */
export async function withTemporaryFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  await remove(folder);
  await make(folder);
  try {
    return await work();
  } finally {
    await remove(folder);
  }
}

/** Between the making of the shared folder and of the one in it, the last command of another team may remove the first. */
async function make(folder: string): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return;
    } catch (error) {
      if (left === 0 || !isMissingFile(error)) throw error;
    }
  }
}

/** What a program made so that it cannot be removed is no fault of its work; it stays in the data directory. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  await rmdir(path.dirname(folder)).catch(() => {});
}
