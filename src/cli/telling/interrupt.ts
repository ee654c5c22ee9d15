import { realClock, type StopTimer } from "../../base/clock.ts";
import type { Race } from "../../run/race.ts";
import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

/** What a shell reports of a process that a signal ended. */
const ENDED_BY: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 129, SIGTERM: 143 };

/** Signals sent together are seen within this time: the system may hand them to different threads, in any order. */
const TOGETHER_MS = 20;

/**
 * Ctrl-C once stops the race cleanly and says how to see what was found; twice ends the process now (the
 * sandbox's processes die with it). A machine that shuts down or a terminal that closes ends the process at
 * once and not the run: it says how to go on. Returns what takes the handlers away again.
 */
export function stopOnInterrupt(race: Race, terminal: Terminal): () => void {
  let asked = false;
  let stay: StopTimer | undefined;
  const stop = () => {
    if (asked) process.exit(EXIT.cancelled);
    asked = true;
    terminal.stderr.write(
      `\nStopping all teams; once more stops at once. What was found: m1p show ${race.id} --full\n`,
    );
    if (stay) process.exit(EXIT.cancelled);
    race.cancel("it was interrupted (Ctrl-C)");
  };
  // Of signals that come together either may be seen first: Ctrl-C is a person's, and goes before.
  const leave = (signal: NodeJS.Signals) => {
    if (asked) process.exit(EXIT.cancelled);
    stay ??= realClock.timer(TOGETHER_MS, () => {
      const how = `It goes on with: m1p resume ${race.id}`;
      terminal.stderr.write(`\nThis process got ${signal} and ends; the run is kept. ${how}\n`);
      process.exit(ENDED_BY[signal] ?? EXIT.internal);
    });
  };
  process.on("SIGINT", stop);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, leave);
  return () => {
    stay?.();
    process.off("SIGINT", stop);
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.off(signal, leave);
  };
}
