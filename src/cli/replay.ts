import { sleep, type Clock } from "../base/clock.ts";
import type { LoggedEvent } from "../events/run-event.ts";
import { PlainLines } from "./plain-lines.ts";
import type { Terminal } from "./terminal.ts";

/** However long a model thought, a replay never stands still for longer than this. */
const LONGEST_PAUSE_MS = 1_500;

/**
 * Shows a recorded race as it happened, in plain lines labelled REPLAY, at `speed` times its pace.
 * An abort ends it at once, without an error.
 */
export async function replay(
  events: Iterable<LoggedEvent>,
  terminal: Terminal,
  options: { readonly clock: Clock; readonly speed: number; readonly signal: AbortSignal },
): Promise<void> {
  const label = "REPLAY  ";
  const lines = new PlainLines({
    color: terminal.color,
    columns: terminal.columns === undefined ? undefined : terminal.columns - label.length,
  });
  let shown: number | undefined;
  for (const event of events) {
    const pause = Math.min(LONGEST_PAUSE_MS, (event.time - (shown ?? event.time)) / options.speed);
    shown = event.time;
    if (pause > 0) await sleep(options.clock, pause, options.signal).catch(() => {});
    if (options.signal.aborted) return;
    for (const line of lines.render(event)) terminal.stderr.write(`${label}${line}\n`);
  }
}
