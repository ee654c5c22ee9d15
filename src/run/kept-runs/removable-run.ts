import type { Clock } from "../../base/clock.ts";
import { runDirectory } from "../../base/directories.ts";
import type { RunSummary } from "../../log/list-runs.ts";
import { SqliteLog } from "../../log/sqlite-log.ts";
import { EffectsFold } from "../effects/effects-fold.ts";

/**
 * Why a run is not removed unless it is forced, in words that follow its id; undefined for one that has
 * ended and left nothing to be done.
 */
export function reasonToKeep(dataDir: string, run: RunSummary, clock: Clock): string | undefined {
  switch (run.outcome) {
    case "running":
      return "is being worked on";
    case "waiting":
      return "waits for a person's decision (m1p approvals)";
    case "interrupted":
      return "has not ended: m1p resume goes on with it";
    case "unreadable":
      if (run.unbegun) return undefined;
      return "cannot be read, so nobody knows whether it has ended";
    default:
      return run.pending && hasEffectsLeft(dataDir, run.runId, clock)
        ? "has external calls that are not done yet: m1p resume goes on with them"
        : undefined;
  }
}

function hasEffectsLeft(dataDir: string, runId: string, clock: Clock): boolean {
  const log = SqliteLog.open({ directory: runDirectory(dataDir, runId), runId, clock, readOnly: true });
  try {
    const effects = new EffectsFold();
    for (const event of log.read()) effects.apply(event);
    return effects.summary() === "pending";
  } finally {
    void log.close();
  }
}
