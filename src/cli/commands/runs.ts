import { runDirectory } from "../../base/directories.ts";
import { listRuns } from "../../log/list-runs.ts";
import { SharedSizes, sizeOfRun } from "../../run/kept-runs/run-size.ts";
import { sizeText } from "../words/byte-size.ts";
import { EXIT } from "../exit-codes.ts";
import { runLine } from "../telling/run-line.ts";
import { settingsOf } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";

export interface ListFlags {
  readonly dataDir?: string;
  readonly size?: true;
  readonly json?: true;
}

/** `m1p runs`: the runs of the data directory, newest first. */
export async function listRunsCommand(flags: ListFlags, terminal: Terminal): Promise<number> {
  const { dataDir } = await settingsOf(flags, terminal);
  const runs = listRuns(dataDir.value);
  const total = new SharedSizes();
  for (const run of runs) {
    const size = flags.size ? await sizeOfRun(runDirectory(dataDir.value, run.runId)) : undefined;
    if (size) total.add(size);
    const known = size ? { ...run, bytes: size.bytes } : run;
    terminal.stdout.write(`${flags.json ? JSON.stringify(known) : runLine(run, terminal, size?.bytes)}\n`);
  }
  if (flags.json) return EXIT.answered;
  if (runs.length === 0) terminal.stderr.write(`No runs in ${dataDir.value} yet.\n`);
  else if (flags.size) terminal.stderr.write(`${sizeText(total.bytes)} in ${dataDir.value}\n`);
  return EXIT.answered;
}
