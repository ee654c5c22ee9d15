import { realClock } from "../../base/clock.ts";
import type { EventOf } from "../../events/run-event.ts";
import { beginningOf } from "../../log/event-at.ts";
import { openRun } from "../../run/kept-runs/find-run.ts";
import { COMMAND_KIND } from "../../team/adapters/command-team.ts";
import type { Terminal } from "../terminal.ts";

/** Said before any command runs. */
export function warnOfCommands(commands: readonly string[], terminal: Terminal): void {
  if (commands.length === 0) return;
  const what = commands.length === 1 ? "This command runs" : `These ${commands.length} commands run`;
  const warning = `UNSANDBOXED: ${what} on this machine as you, with the network and with all your files and keys.`;
  terminal.stderr.write(`${[warning, ...commands.map((command) => `  ${command}`)].join("\n")}\n`);
}

/** The same before a run goes on, or another one goes on from it. Throws as `openRun` does. */
export async function warnOfRun(dataDir: string, run: string, terminal: Terminal): Promise<void> {
  const log = openRun(dataDir, run, realClock);
  try {
    const start = beginningOf(log);
    if (start) warnOfStart(start, terminal);
  } finally {
    await log.close();
  }
}

/** The same of a run whose beginning is known. */
export function warnOfStart({ teams }: EventOf<"run-started">, terminal: Terminal): void {
  const commands = teams.flatMap(({ kind, options }) => {
    const command = kind === COMMAND_KIND ? options?.["command"] : undefined;
    return typeof command === "string" ? [command] : [];
  });
  warnOfCommands(commands, terminal);
}
