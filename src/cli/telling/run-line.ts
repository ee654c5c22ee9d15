import type { RunSummary } from "../../log/list-runs.ts";
import { sizeText } from "../words/byte-size.ts";
import { oneLine } from "../words/printable.ts";
import type { Terminal } from "../terminal.ts";

/** A run on one line of a list: its id, when it began, how it ended, what it takes if that is known, its task. */
export function runLine(run: RunSummary, terminal: Terminal, bytes?: number): string {
  const { columns } = terminal.results ?? terminal;
  return [
    run.runId,
    new Date(run.startedAt).toISOString().slice(0, 19).replace("T", " "),
    run.outcome.padEnd(11),
    ...(bytes === undefined ? [] : [sizeText(bytes).padStart(5)]),
    oneLine(run.problem ?? run.prompt),
  ]
    .join("  ")
    .slice(0, columns ?? 200);
}
