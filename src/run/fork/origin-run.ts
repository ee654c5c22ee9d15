import { UsageError } from "../../base/errors.ts";
import { runDirectory } from "../../base/directories.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import { beginningOf } from "../../log/event-at.ts";
import { readWhole } from "../../log/read-whole.ts";
import type { LogHead, RunLog } from "../../log/run-log.ts";
import type { ReopenOptions } from "../race-options.ts";
import { dataDirOf, type RunSite } from "../opening/race-plan.ts";

/** The run that another begins with. */
export interface OriginRun {
  readonly runId: string;
  readonly directory: string;
  readonly head: LogHead;
  readonly start: EventOf<"run-started">;
  /** The first event that cannot be read, where the place is given by an event's number and its log is damaged. */
  readonly damagedAt: number | undefined;
  /** Its events, from the first on. */
  read(): Iterable<LoggedEvent>;
  close(): Promise<void>;
}

/**
 * Opens a run to begin another with. Of a damaged log, what is before the damage is taken where the place is given
 * by an event's number: then the person knows.
 */
export function readOrigin(
  { store, clock }: RunSite,
  runId: string,
  options: ReopenOptions & { readonly at?: string },
): OriginRun {
  const directory = runDirectory(dataDirOf(options), runId);
  const log = store.open({ runId, directory, clock }, "read");
  const wholeOnly = /^\d+$/.test(options.at ?? "");
  const head = log.head();
  return {
    runId,
    directory,
    head,
    start: startOf(log),
    damagedAt: wholeOnly ? damageIn(log) : undefined,
    // What another process appends meanwhile is not of it.
    read: () => upTo(head.seq, wholeOnly ? wholePart(log) : log.read()),
    close: () => log.close(),
  };
}

function startOf(log: RunLog): EventOf<"run-started"> {
  const start = beginningOf(log);
  if (start) return start;
  throw new UsageError("run-unknown", `The run ${log.runId} has no beginning: its process was killed before it.`);
}

function* upTo(last: number, events: Iterable<LoggedEvent>): Generator<LoggedEvent, void, void> {
  for (const event of events) {
    if (event.seq > last) return;
    yield event;
  }
}

function damageIn(log: RunLog): number | undefined {
  let last = 0;
  const whole = readWhole(log);
  for (const { seq } of whole) last = seq;
  return whole.problem && last + 1;
}

function* wholePart(log: RunLog): Generator<LoggedEvent, void, void> {
  const whole = readWhole(log);
  for (const event of whole) yield event;
  if (whole.problem && whole.problem.code !== "log-damaged") throw whole.problem;
}
