import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import type { Clock } from "../../base/clock.ts";
import { runDirectory, runsDirectory } from "../../base/directories.ts";
import { diskError, isMissingFile } from "../../log/disk-error.ts";
import { syncNames } from "../../log/durable-directory.ts";
import { summarizeRun, type RunSummary } from "../../log/list-runs.ts";
import { lockKeptRun } from "../../log/run-lock.ts";
import { killLeftovers } from "../../tools/command/command-mark.ts";
import { removeFolder } from "../../tools/workspace/remove-entry.ts";

/** What is being removed is out of everybody's way under this name. */
const REMOVED = ".removed-";
/** A new run that is being written whole (a fork) has such a name until it is there. */
const UNFINISHED = /^\.[0-9a-f-]{36}\.tmp$/;
/** Nobody writes at the beginning of a run for so long. */
const ABANDONED_MS = 86_400_000;

/**
 * Removes a run if `may`, asked while nobody else can work on it, does not object: for others it is there or
 * gone, at once. Gives the objection, or undefined when it is gone, by whomever. Throws `UsageError`
 * (`run-busy`), `log-disk`.
 */
export async function removeRun(
  dataDir: string,
  runId: string,
  clock: Clock,
  objection: (run: RunSummary) => string | undefined,
): Promise<string | undefined> {
  const directory = runDirectory(dataDir, runId);
  const aside = path.join(runsDirectory(dataDir), `${REMOVED}${runId}`);
  // Its file goes along when the folder is renamed, so that whoever has it open waits for a lock that leads nowhere.
  using lock = lockKeptRun(directory);
  if (!lock) return undefined;
  const run = summarizeRun(dataDir, runId);
  if (!run) return undefined;
  // The lock that makes it look so is ours.
  const left = run.unbegun ? "unreadable" : "interrupted";
  const problem = objection(run.outcome === "running" ? { ...run, outcome: left } : run);
  if (problem !== undefined) return problem;
  try {
    await killLeftovers(directory, clock);
    // One of the same name was cut off, and the run was put back from a copy since.
    await removeFolder(aside);
    renameSync(directory, aside);
    syncNames(runsDirectory(dataDir));
    await removeFolder(aside);
  } catch (error) {
    throw diskError(`Run ${runId} cannot be removed`, error);
  }
  return undefined;
}

/** Clears away what a removal, or the beginning of a run, left behind when it was cut off. Throws `log-disk`. */
export async function removeRemains(dataDir: string, clock: Clock): Promise<void> {
  const runs = runsDirectory(dataDir);
  try {
    const names = existsSync(runs) ? readdirSync(runs) : [];
    for (const name of names) {
      const place = path.join(runs, name);
      if (name.startsWith(REMOVED) || (UNFINISHED.test(name) && isAbandoned(place, clock))) await removeFolder(place);
    }
  } catch (error) {
    throw diskError(`What was left of removed runs in ${runs} cannot be removed`, error);
  }
}

function isAbandoned(place: string, clock: Clock): boolean {
  const times = [place, path.join(place, "log.db")].map((file) => {
    try {
      return statSync(file).mtimeMs;
    } catch (error) {
      if (isMissingFile(error)) return 0;
      throw error;
    }
  });
  return clock.now() - Math.max(...times) > ABANDONED_MS;
}
