import type { EventOf, LoggedEvent } from "../events/run-event.ts";
import { M1Error } from "../base/errors.ts";
import type { RunLog } from "./run-log.ts";

/** The event of this number; undefined where the log does not reach that far. Throws as `read` does. */
export function eventAt(log: RunLog, seq: number): LoggedEvent | undefined {
  for (const event of log.read(seq)) return event;
  return undefined;
}

/** The event of this number, which the log must have. Throws `M1Error` (`log-damaged`) where it has none. */
export function eventOf(log: RunLog, seq: number): LoggedEvent {
  const event = eventAt(log, seq);
  if (event) return event;
  throw new M1Error("log-damaged", `The log of run ${log.runId} has no event ${seq} any more.`);
}

/** A log's first event; undefined where the run's process was killed before it. Throws as `read` does. */
export function beginningOf(log: RunLog): EventOf<"run-started"> | undefined {
  const first = eventAt(log, 1);
  return first?.type === "run-started" ? first : undefined;
}
