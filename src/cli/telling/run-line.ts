import type { RunSummary } from "../../log/list-runs.ts";
import { sizeText } from "../words/byte-size.ts";
import { oneLine } from "../words/printable.ts";
import type { Terminal } from "../terminal.ts";

/** Below, an id on a screen would leave the task no room. */
const WIDE_ENOUGH_FOR_IDS = 110;
/** The milliseconds at which it was made: what every command takes instead of the id, if no other run begins so. */
const SHORT_ID = 13;

/** A run on one line of a list: its id, when it began, how it ended, what it takes if that is known, its task. */
export function runLine(run: RunSummary, terminal: Terminal, bytes?: number): string {
  const { columns } = terminal.results ?? terminal;
  return [
    columns !== undefined && columns < WIDE_ENOUGH_FOR_IDS ? run.runId.slice(0, SHORT_ID) : run.runId,
    new Date(run.startedAt).toISOString().slice(0, 19).replace("T", " "),
    run.outcome.padEnd(11),
    ...(bytes === undefined ? [] : [sizeText(bytes).padStart(5)]),
    oneLine(run.problem ?? run.prompt),
  ]
    .join("  ")
    .slice(0, columns ?? 200);
}
