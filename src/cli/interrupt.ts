import type { Race } from "../run/race.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Ctrl-C once stops the race cleanly and says how to see what was found; twice ends the process now
 * (the sandbox's processes die with it). Returns what takes the handlers away again.
 */
export function stopOnInterrupt(race: Race, terminal: Terminal): () => void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (asked) process.exit(EXIT.cancelled);
    asked = true;
    terminal.stderr.write(
      `\nStopping all teams; once more stops at once. What was found: m1p show ${race.id} --full\n`,
    );
    race.cancel(signal === "SIGINT" ? "it was interrupted (Ctrl-C)" : `the process got ${signal}`);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return () => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
}
