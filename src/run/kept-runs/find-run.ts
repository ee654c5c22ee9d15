import type { Clock } from "../../base/clock.ts";
import { runDirectory } from "../../base/directories.ts";
import { UsageError } from "../../base/errors.ts";
import { hasBegunLog, hasLog, runIds } from "../../log/list-runs.ts";
import type { RunLog } from "../../log/run-log.ts";
import { SqliteLog } from "../../log/sqlite-log.ts";

/**
 * The id of a run by itself, by its beginning, or `last` for the newest (ids sort by the time of their
 * making). Throws `UsageError` (`run-unknown`).
 */
export function findRun(dataDir: string, name: string): string {
  const ids = runIds(dataDir).filter((id) => name === "last" || id.startsWith(name));
  // What was never begun can be named, to be removed, but is not the last run.
  const isThere = name === "last" ? hasBegunLog : hasLog;
  const runs = ids.filter((id) => isThere(runDirectory(dataDir, id)));
  const [only] = name === "last" ? runs.slice(-1) : runs.filter((id) => id === name || runs.length === 1);
  if (only !== undefined) return only;
  const problem = runs.length > 1 ? `${runs.length} runs begin with "${name}"` : `There is no run "${name}"`;
  throw new UsageError("run-unknown", `${problem} in ${dataDir}.`, { hint: "m1p runs lists them." });
}

/** Opens a run for reading, named as for `findRun`. Throws what that and `SqliteLog.open` throw. */
export function openRun(dataDir: string, name: string, clock: Clock): RunLog {
  const runId = findRun(dataDir, name);
  return SqliteLog.open({ directory: runDirectory(dataDir, runId), runId, clock, readOnly: true });
}
