import path from "node:path";
import { applyRun, type ApplyResult } from "../../run/apply/apply-run.ts";
import { EXIT } from "../exit-codes.ts";
import { oneLine } from "../words/printable.ts";
import { settingsOf } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";

export interface ApplyFlags {
  readonly dataDir?: string;
  readonly team?: string;
  readonly to?: string;
  readonly json?: true;
}

/** So many changes are named one by one. */
const MOST_NAMED = 50;

/** `m1p apply RUN`: what the winner, or a named team, did, merged into the person's folder. */
export async function apply(run: string, flags: ApplyFlags, terminal: Terminal): Promise<number> {
  const { dataDir } = await settingsOf(flags, terminal);
  const result = await applyRun({
    run,
    dataDir: dataDir.value,
    environment: terminal.environment,
    ...(flags.team === undefined ? {} : { team: flags.team }),
    ...(flags.to === undefined ? {} : { to: path.resolve(terminal.directory, flags.to) }),
  });
  if (flags.json) terminal.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const line of linesOf(result)) terminal.stdout.write(`${line}\n`);
  return result.conflicts.length + result.changedMeanwhile.length > 0 ? EXIT.conflicts : EXIT.answered;
}

function linesOf(result: ApplyResult): string[] {
  const { team, folder, changes, conflicts, changedMeanwhile, gitPaths } = result;
  const lines = result.finishedEarlier ? ["An apply that was cut off is finished."] : [];
  if (changes.length + conflicts.length + changedMeanwhile.length === 0) {
    lines.push(`There is nothing to apply: ${oneLine(folder)} has all that ${team} did.`);
  }
  if (changes.length > 0) lines.push(`${oneLine(folder)} now has what ${team} did:`);
  for (const { path, change } of changes.slice(0, MOST_NAMED)) lines.push(`  ${change.padEnd(7)}  ${oneLine(path)}`);
  if (changes.length > MOST_NAMED) lines.push(`  and ${changes.length - MOST_NAMED} more`);
  if (conflicts.length > 0) lines.push(`To settle by you: ${conflicts.length}`);
  for (const { path, sentence } of conflicts) lines.push(`  ${oneLine(path)}: ${oneLine(sentence)}`);
  if (changedMeanwhile.length > 0) lines.push("Left as they are, since somebody changed them meanwhile:");
  for (const path of changedMeanwhile) lines.push(`  ${oneLine(path)}`);
  if (result.indexProblem !== undefined) lines.push(`git status does not tell of it: ${oneLine(result.indexProblem)}`);
  if (gitPaths > 0) lines.push(`Not applied: ${gitPaths} of git's own files (${team}'s commits, settings or hooks).`);
  return lines;
}
