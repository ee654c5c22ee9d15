import { listRuns } from "../../log/list-runs.ts";
import { EXIT } from "../exit-codes.ts";
import { oneLine } from "../printable.ts";
import { settingsOf } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

/** `m1p runs`: the runs of the data directory, newest first. */
export async function listRunsCommand(
  flags: { readonly dataDir?: string; readonly json?: true },
  terminal: Terminal,
): Promise<number> {
  const { dataDir } = await settingsOf(flags, terminal);
  const runs = listRuns(dataDir.value);
  for (const run of runs) {
    const line = flags.json
      ? JSON.stringify(run)
      : [
          run.runId,
          new Date(run.startedAt).toISOString().slice(0, 19).replace("T", " "),
          run.outcome.padEnd(10),
          oneLine(run.problem ?? run.prompt),
        ]
          .join("  ")
          .slice(0, terminal.columns ?? 200);
    terminal.stdout.write(`${line}\n`);
  }
  if (runs.length === 0 && !flags.json) terminal.stderr.write(`No runs in ${dataDir.value} yet.\n`);
  return EXIT.answered;
}
