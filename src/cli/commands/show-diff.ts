import { counted } from "../../base/counted.ts";
import { realClock } from "../../base/clock.ts";
import { openRun } from "../../run/kept-runs/find-run.ts";
import { teamDiff } from "../../run/kept-runs/team-diff.ts";
import { snapshotsOf } from "../../run/kept-runs/team-snapshots.ts";
import { EXIT } from "../exit-codes.ts";
import { printable } from "../words/printable.ts";
import { settingsOf } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";

export interface DiffFlags {
  readonly dataDir?: string;
  readonly json?: true;
  readonly team?: string;
}

/** What the teams, or one, did to their files: patches that git can apply, or a file a line as JSON. */
export async function showDiff(run: string, flags: DiffFlags, terminal: Terminal): Promise<number> {
  const { dataDir } = await settingsOf(flags, terminal);
  const log = openRun(dataDir.value, run, realClock);
  try {
    const snapshots = snapshotsOf(log.read());
    const teams = flags.team === undefined ? snapshots.teams : [flags.team];
    for (const team of teams) {
      const folders = snapshots.of(team);
      if (!folders) {
        terminal.stderr.write(`${team} had no folder.\n`);
        continue;
      }
      const { files, gitPaths } = teamDiff(log.blobs, folders.first, folders.last);
      // Lines like this one are no part of a patch to git.
      if (!flags.json && teams.length > 1) terminal.stdout.write(`# ${team}\n`);
      let changed = 0;
      for await (const file of files) {
        changed += 1;
        const shown = terminal.screen ? printable(file.patch) : file.patch;
        terminal.stdout.write(flags.json ? `${JSON.stringify({ team, ...file })}\n` : shown);
      }
      terminal.stderr.write(`${team}: ${summary(changed, gitPaths())}\n`);
    }
  } finally {
    await log.close();
  }
  return EXIT.answered;
}

function summary(changed: number, gitPaths: number): string {
  const files = changed === 0 ? "no file changed" : `${counted(changed, "file")} changed`;
  return gitPaths === 0 ? files : `${files}, and ${gitPaths} of git's own, which are not shown`;
}
