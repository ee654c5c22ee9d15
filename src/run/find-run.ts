import type { Clock } from "../base/clock.ts";
import { runDirectory } from "../base/directories.ts";
import { UsageError } from "../base/errors.ts";
import { listRuns } from "../log/list-runs.ts";
import type { RunLog } from "../log/run-log.ts";
import { SqliteLog } from "../log/sqlite-log.ts";

/** Opens a run for reading by its id, the beginning of its id, or `last`. Throws `UsageError` (`run-unknown`). */
export async function openRun(dataDir: string, name: string, clock: Clock): Promise<RunLog> {
  const runs = listRuns(dataDir);
  const matches = name === "last" ? runs.slice(0, 1) : runs.filter((run) => run.runId.startsWith(name));
  const exact = matches.find((run) => run.runId === name) ?? (matches.length === 1 ? matches[0] : undefined);
  if (exact)
    return SqliteLog.open({ directory: runDirectory(dataDir, exact.runId), runId: exact.runId, clock, readOnly: true });
  const problem = matches.length > 1 ? `${matches.length} runs begin with "${name}"` : `There is no run "${name}"`;
  throw new UsageError("run-unknown", `${problem} in ${dataDir}.`, { hint: "m1p runs lists them." });
}
