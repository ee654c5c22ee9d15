import type { EventOf, LoggedEvent } from "../events/run-event.ts";
import type { RunLog } from "./run-log.ts";

/** The event of this number; undefined where the log does not reach that far. Throws as `read` does. */
export function eventAt(log: RunLog, seq: number): LoggedEvent | undefined {
  for (const event of log.read(seq)) return event;
  return undefined;
}

/** A log's first event; undefined where the run's process was killed before it. Throws as `read` does. */
export function beginningOf(log: RunLog): EventOf<"run-started"> | undefined {
  const first = eventAt(log, 1);
  return first?.type === "run-started" ? first : undefined;
}
