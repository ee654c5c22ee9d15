import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { realClock } from "../../base/clock.ts";
import { runDirectory } from "../../base/directories.ts";
import { describeError, UsageError } from "../../base/errors.ts";
import { tryExclusiveLock } from "../../base/exclusive-lock.ts";
import { newTemporaryName } from "../../base/ids.ts";
import { nameText } from "../../tools/workspace/entry-name.ts";
import { apartFolder } from "../../tools/workspace/import-folder.ts";
import { removeFolder } from "../../tools/workspace/remove-entry.ts";
import { findRun, openRun } from "../kept-runs/find-run.ts";
import { dataDirOf } from "../opening/race-plan.ts";
import { snapshotsOf, type RunSnapshots, type TeamSnapshots } from "../kept-runs/team-snapshots.ts";
import { Git } from "./git.ts";
import { readJournal, removeJournal, writeJournal, type Journal, type JournalConflict } from "./journal.ts";
import { PersonsRepository } from "./persons-repository.ts";
import { placeChange, placeFolder } from "./placed-changes.ts";
import { contentsDirectory, prepareApply } from "./prepare-apply.ts";

/** Which run's work is brought into which folder. */
export interface ApplyOptions {
  /** The run's id, the beginning of it, or `last`. */
  readonly run: string;
  /** Whose changes; default: the winner's. */
  readonly team?: string;
  /** Which folder they go to; made where it is missing. Default: the one that the run started from. */
  readonly to?: string;
  /** Where runs are kept; default `M1P_DATA_DIR`, else the system's place for a program's data. */
  readonly dataDir?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Aborting it before anything is written leaves everything as it was. */
  readonly signal?: AbortSignal;
}

/** A file that was changed, or would be. */
export interface AppliedChange {
  readonly path: string;
  readonly change: "added" | "changed" | "removed";
}

/** Something for the person to settle. */
export interface ApplyConflict {
  readonly path: string;
  readonly kind: JournalConflict["kind"];
  /** What was done, and what is left to do. */
  readonly sentence: string;
}

/** What was brought in, and what is left for the person. */
export interface ApplyResult {
  readonly runId: string;
  readonly team: string;
  /** The folder's real path. */
  readonly folder: string;
  /** What is now in the folder that was not before. */
  readonly changes: readonly AppliedChange[];
  readonly conflicts: readonly ApplyConflict[];
  /** Paths that somebody changed in the very moment: left as they are. */
  readonly changedMeanwhile: readonly string[];
  /** How many entries of `.git` folders the team changed: never applied. */
  readonly gitPaths: number;
  /** Whether an apply that was cut off was finished. */
  readonly finishedEarlier: boolean;
  /** Why git's index does not tell of the conflicts, where it should and could not. */
  readonly indexProblem?: string;
}

/**
 * Brings what a team did into a person's folder: a three-way merge of what the run started from, the team's folder
 * at its end, and the person's folder as it is now. In a git repository what was changed since and is not committed
 * is never merged over. Conflicts are left in the files, marked, and in git's index. Cut off anywhere, it is finished
 * by the next call. Nothing of a workspace is run or obeyed, and nothing named like `.git` is written.
 *
 * Throws `UsageError` (`run-unknown`, `team-unknown`, `no-winner`, `nothing-to-apply`, `apply-no-folder`,
 * `workdir-missing`, `workdir-overlaps`, `unsaved-work`, `merge-unfinished`, `apply-busy`, `apply-unreadable`,
 * `git-missing`, `git-old`, `git-refuses`) before anything is written.
 */
export async function applyRun(options: ApplyOptions): Promise<ApplyResult> {
  const dataDirectory = dataDirOf(options);
  const log = openRun(dataDirectory, findRun(dataDirectory, options.run), realClock);
  try {
    const snapshots = snapshotsOf(log.read());
    const { team, folders } = chosenTeam(snapshots, options.team);
    const folder = await chosenFolder(snapshots, options, dataDirectory);
    const git = await Git.find(options.environment ?? process.env);
    const place = path.join(runDirectory(dataDirectory, log.runId), "applying", shortHash(folder));
    await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
    using lock = tryExclusiveLock(`${place}.lock`);
    if (!lock) throw new UsageError("apply-busy", `Another process is applying this run to ${folder}.`);
    const repository = await PersonsRepository.find(git, folder);
    const told = { runId: log.runId, directory: place, repository };
    const begun = readJournal(place);
    if (begun) {
      const finished = await finish(begun, told);
      if (begun.team === team) return { ...finished, finishedEarlier: true };
    }
    await removeFolder(place);
    const { signal } = options;
    const temporary = newTemporaryName();
    const request = { folder, team, snapshots: folders, blobs: log.blobs, git, repository, temporary, signal };
    const journal = await prepareApply({ ...request, directory: place });
    signal?.throwIfAborted();
    await writeJournal(place, journal);
    return await finish(journal, told);
  } finally {
    await log.close();
  }
}

function chosenTeam(snapshots: RunSnapshots, named: string | undefined): { team: string; folders: TeamSnapshots } {
  const team = named ?? snapshots.winner;
  if (team === undefined) {
    const why = snapshots.decided ? "No team won this run" : "This run is not decided yet";
    throw new UsageError("no-winner", `${why}, so it is not clear whose changes to apply.`, {
      hint: `Name a team: --team ${snapshots.teams.join(", or ")}.`,
    });
  }
  const folders = snapshots.of(team);
  if (folders) return { team, folders };
  throw new UsageError("nothing-to-apply", `${team} had no folder in this run: there is nothing to apply.`);
}

async function chosenFolder({ workdir }: RunSnapshots, { to }: ApplyOptions, dataDirectory: string): Promise<string> {
  if (to !== undefined) await mkdir(to, { recursive: true });
  const folder = to ?? workdir?.path;
  if (folder !== undefined) return apartFolder(folder, dataDirectory);
  throw new UsageError("apply-no-folder", "This run started from no folder, so it has none to apply to.", {
    hint: "Say where its files are to go: --to DIR.",
  });
}

interface Telling {
  readonly runId: string;
  readonly directory: string;
  readonly repository: PersonsRepository | undefined;
}

/** Does what a journal says, also what is left of it, and forgets it. */
async function finish(journal: Journal, { runId, directory, repository }: Telling): Promise<ApplyResult> {
  const { folder, team, gitPaths } = journal;
  const contents = contentsDirectory(directory);
  const changes: AppliedChange[] = [];
  const changedMeanwhile: string[] = [];
  const place = async (wanted: readonly Journal["changes"][number][]): Promise<void> => {
    for (const change of wanted) {
      const fate = await placeChange(folder, change, contents, journal.temporary);
      if (fate === "changed-meanwhile") changedMeanwhile.push(nameText(change.path));
      else changes.push(appliedChange(change));
    }
  };
  await place(journal.changes.filter((change) => !change.after));
  for (const each of [...journal.foldersRemoved].reverse()) await placeFolder(folder, each, false);
  await place(journal.changes.filter((change) => change.after));
  for (const each of journal.foldersAdded) await placeFolder(folder, each, true);
  const indexProblem = await leaveUnmerged(journal, contents, repository);
  removeJournal(directory);
  await removeFolder(directory);
  const conflicts = journal.conflicts.map(({ path, kind, sentence }) => ({ path: nameText(path), kind, sentence }));
  return {
    ...{ runId, team, folder, changes, conflicts, changedMeanwhile, gitPaths, finishedEarlier: false },
    ...(indexProblem === undefined ? {} : { indexProblem }),
  };
}

function appliedChange({ path, before, after }: Journal["changes"][number]): AppliedChange {
  return { path: nameText(path), change: !after ? "removed" : before ? "changed" : "added" };
}

/** Gives the reason where it cannot be done: the files tell of the conflicts all the same. */
async function leaveUnmerged(
  { conflicts }: Journal,
  contents: string,
  repository: PersonsRepository | undefined,
): Promise<string | undefined> {
  const versions = conflicts.flatMap(({ path: place, versions }) =>
    versions.map(({ stage, mode, content }) => ({ path: place, stage, mode, file: path.join(contents, content) })),
  );
  if (!repository || versions.length === 0) return undefined;
  try {
    await repository.leaveUnmerged(versions);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
