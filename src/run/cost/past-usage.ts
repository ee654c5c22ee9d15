import type { Clock } from "../../base/clock.ts";
import { runDirectory } from "../../base/directories.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import { eventAt, beginningOf } from "../../log/event-at.ts";
import { hasLog, runIds } from "../../log/list-runs.ts";
import type { RunLog } from "../../log/run-log.ts";
import { SqliteLog } from "../../log/sqlite-log.ts";

/** What one team of an earlier run used. */
export interface TeamUsage {
  readonly model: string;
  readonly tokens: number;
  /** Dollars; undefined where no price was known. */
  readonly usd: number | undefined;
}

/** So much may follow the end of a run: what became of its external calls. */
const AFTER_THE_END = 8;

/**
 * What the teams of the newest ended runs used, the newest first; rehearsals and teams that asked no model are left
 * out, and so is what cannot be read: this is for an estimate, and other commands tell of trouble.
 */
export function pastUsage(dataDir: string, newestRuns: number, clock: Clock): readonly TeamUsage[] {
  const ids = attempt(() => runIds(dataDir)) ?? [];
  const usages: TeamUsage[] = [];
  for (const runId of ids.toReversed().slice(0, newestRuns)) {
    const directory = runDirectory(dataDir, runId);
    usages.push(...(attempt(() => usageIn(directory, runId, clock)) ?? []));
  }
  return usages;
}

function usageIn(directory: string, runId: string, clock: Clock): readonly TeamUsage[] {
  if (!hasLog(directory)) return [];
  const log = SqliteLog.open({ directory, runId, clock, readOnly: true });
  try {
    const [start, end] = [beginningOf(log), endOf(log)];
    if (!start || !end || start.rehearsal) return [];
    return end.teams.flatMap(({ team, usage }) => {
      const model = start.teams.find((each) => each.team === team)?.models[0];
      if (model === undefined || usage.calls === 0) return [];
      return [{ model, tokens: usage.tokens, usd: usage.costUsd ?? undefined }];
    });
  } finally {
    void log.close();
  }
}

function endOf(log: RunLog): EventOf<"run-finished"> | undefined {
  const last = log.head().seq;
  for (let seq = last; seq > Math.max(0, last - AFTER_THE_END); seq -= 1) {
    const event: LoggedEvent | undefined = eventAt(log, seq);
    if (event?.type === "run-finished") return event;
  }
  return undefined;
}

function attempt<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
