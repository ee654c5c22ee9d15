import { counted } from "../../base/counted.ts";
import { removeRuns, type RemovedRun, type RemovedRuns } from "../../run/kept-runs/remove-runs.ts";
import { sizeText } from "../words/byte-size.ts";
import { EXIT } from "../exit-codes.ts";
import { runLine } from "../telling/run-line.ts";
import { settingsOf } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";

export interface RemoveFlags {
  readonly dataDir?: string;
  readonly olderThan?: number;
  readonly keep?: number;
  readonly force?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `m1p runs rm`: removes runs and says which. */
export async function removeRunsCommand(
  names: readonly string[],
  flags: RemoveFlags,
  terminal: Terminal,
): Promise<number> {
  const { dataDir } = await settingsOf(flags, terminal);
  const removal = await removeRuns({
    runs: names,
    ...(flags.olderThan === undefined ? {} : { olderThanMs: flags.olderThan }),
    ...(flags.keep === undefined ? {} : { keepBytes: flags.keep }),
    force: flags.force ?? false,
    dryRun: flags.dryRun ?? false,
    dataDir: dataDir.value,
    environment: terminal.environment,
  });
  for (const run of removal.removed)
    terminal.stdout.write(`${flags.json ? JSON.stringify(run) : line(run, terminal)}\n`);
  for (const { runId, reason } of removal.kept) terminal.stderr.write(`Kept: ${runId} ${reason}.\n`);
  terminal.stderr.write(summary(removal, flags));
  return EXIT.answered;
}

function line(run: RemovedRun, terminal: Terminal): string {
  return runLine(run, terminal, run.bytes);
}

function summary({ removed, restBytes }: RemovedRuns, flags: RemoveFlags): string {
  const count = removed.length === 0 ? "No runs" : counted(removed.length, "run");
  const bytes = removed.reduce((sum, run) => sum + run.bytes, 0);
  const size = removed.length === 0 ? "" : ` (${sizeText(bytes)})`;
  const what = `${count}${size} ${flags.dryRun ? "would be removed" : "removed"}.`;
  if (restBytes === undefined || flags.keep === undefined) return `${what}\n`;
  const stays = `What stays takes ${sizeText(restBytes)}`;
  return restBytes > flags.keep ? `${what} ${stays}, more than was asked for.\n` : `${what} ${stays}.\n`;
}
