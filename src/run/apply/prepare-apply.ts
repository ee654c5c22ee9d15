import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describeError, UsageError } from "../../base/errors.ts";
import { syncDescriptor } from "../../base/descriptor-io.ts";
import type { BlobStore } from "../../log/run-log.ts";
import { syncFileSystem } from "../../log/sync-file-system.ts";
import { nameOfBytes, nameText } from "../../tools/workspace/entry-name.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";
import { takeSnapshot } from "../../tools/workspace/take-snapshot.ts";
import type { TeamSnapshots } from "../kept-runs/team-snapshots.ts";
import { conflictsOf, unmarkedPaths } from "./conflicts.ts";
import type { Git } from "./git.ts";
import { HashedFolder } from "./hashed-folder.ts";
import type { Journal, JournalChange, JournalState } from "./journal.ts";
import { mergeInput, sameEntry, type MergeEntry, type MergeInput } from "./merge-input.ts";
import { LINK_MODE, MergeRepository, type ExtractedObject, type Merge } from "./merge-repository.ts";
import type { PersonsRepository } from "./persons-repository.ts";
import { contentOf } from "./placed-changes.ts";

/** Between these the person has to choose: what an earlier merge left in a folder without git. */
const MARKED = /^<<<<<<< yours$[^]*^>>>>>>> /m;
const LARGEST_MARKED = 32 * 1024 ** 2;
const MOST_NAMED = 20;

export interface ApplyRequest {
  readonly folder: string;
  readonly team: string;
  readonly snapshots: TeamSnapshots;
  readonly blobs: BlobStore;
  readonly git: Git;
  readonly repository: PersonsRepository | undefined;
  /** A folder of ours that is not there yet: contents and journal go there. */
  readonly directory: string;
  readonly temporary: string;
  readonly signal: AbortSignal | undefined;
}

/** Where the journal's contents are, beside it. */
export function contentsDirectory(directory: string): string {
  return path.join(directory, "contents");
}

/**
 * Finds out all that is to be done, and writes nothing in the person's folder. Throws `UsageError` (`unsaved-work`,
 * `merge-unfinished`, `apply-unreadable`), `changed-meanwhile`, `git-failed`.
 */
export async function prepareApply(request: ApplyRequest): Promise<Journal> {
  const { folder, team, snapshots, blobs, directory, repository, temporary, signal } = request;
  await repository?.assertSettled();
  const hashed = new HashedFolder(blobs);
  const unreadable = (entry: string, cause: unknown): UsageError =>
    new UsageError("apply-unreadable", `${path.join(folder, entry)} cannot be read: ${describeError(cause)}.`, {
      cause,
    });
  const now = await takeSnapshot({ root: folder, blobs: hashed, unreadable, signal });
  const { first: base, last: theirs, taskFiles } = snapshots;
  const input = await mergeInput({ blobs: hashed, base, yours: now.snapshot.id, theirs, taskFiles });
  const merging = await MergeRepository.create(request.git, path.join(directory, "repository"));
  const merge = await merging.merge({
    paths: input.paths,
    yours: (place, entry) => contentOf(folder, place, entry.blob),
    blobs: (blob) => blobs.stream(blob),
    team,
  });
  await assertSaved(request, input, merge);
  const objects = [
    ...merge.changes.flatMap(({ after }) => after?.object ?? []),
    ...merge.staged.map((each) => each.object),
  ];
  const contents = contentsDirectory(directory);
  const extracted = await merging.extract(objects, contents);
  if (!repository) assertNotMarked(merge, contents, folder);
  await makeDurable(contents, extracted);
  const beside = repository ? new Map<EntryPath, EntryPath>() : besidePaths(merge, input, team);
  const { foldersAdded, foldersRemoved, gitPaths } = input;
  return {
    version: 1,
    folder,
    team,
    temporary,
    changes: [...changesOf(merge, input, extracted, contents), ...besideChanges(merge, beside, extracted, contents)],
    foldersAdded: [...foldersAdded],
    foldersRemoved: [...foldersRemoved],
    conflicts: conflictsOf(merge, { team, indexed: repository !== undefined, beside }),
    gitPaths,
  };
}

/** What the person changed since and has not committed is never merged over: it could not be had again. */
async function assertSaved({ folder, repository }: ApplyRequest, input: MergeInput, merge: Merge): Promise<void> {
  if (!repository) return;
  const concerned = new Map<EntryPath, MergeEntry | undefined>();
  for (const { path } of [...merge.changes, ...merge.staged]) {
    const known = input.paths.get(path);
    if (known && !sameEntry(known.yours, known.base)) concerned.set(path, known.yours);
  }
  const unsaved = await repository.unsaved(concerned);
  if (unsaved.length === 0) return;
  const named = unsaved.slice(0, MOST_NAMED).map((each) => `\n  ${nameText(each)}`);
  const more = unsaved.length > MOST_NAMED ? `\n  and ${unsaved.length - MOST_NAMED} more` : "";
  throw new UsageError(
    "unsaved-work",
    `Nothing was applied: these files in ${folder} were changed since the run began and are not committed:${named.join("")}${more}`,
    { hint: "Commit or stash them, and apply again." },
  );
}

/** In a folder without git nothing else tells that conflicts are not settled yet. */
function assertNotMarked(merge: Merge, contents: string, folder: string): void {
  for (const { stage, object, path: place } of merge.staged) {
    const file = path.join(contents, object);
    if (stage !== 2 || statSync(file).size > LARGEST_MARKED || !MARKED.test(readFileSync(file, "latin1"))) continue;
    throw new UsageError(
      "merge-unfinished",
      `${nameText(place)} in ${folder} has conflicts that are not settled yet.`,
      {
        hint: "Settle the marked places first.",
      },
    );
  }
}

function changesOf(
  merge: Merge,
  input: MergeInput,
  extracted: ReadonlyMap<string, ExtractedObject>,
  contents: string,
): JournalChange[] {
  const changes = merge.changes.map(({ path, after }) => {
    const before = input.paths.get(path)?.yours;
    return {
      path,
      ...(before ? { before: stateOf(before) } : {}),
      ...(after ? { after: stateOfObject(after.mode, after.object, extracted, contents) } : {}),
    };
  });
  // What is removed may lie where something else is to be.
  return [...changes.filter((change) => !change.after), ...changes.filter((change) => change.after)];
}

/** A name beside each path that cannot be marked, that nobody has. */
function besidePaths(merge: Merge, input: MergeInput, team: string): Map<EntryPath, EntryPath> {
  const taken = new Set([...input.paths.keys(), ...merge.changes.map(({ path }) => path)]);
  const beside = new Map<EntryPath, EntryPath>();
  for (const path of unmarkedPaths(merge)) {
    let name = `${path}~${team}`;
    for (let count = 2; taken.has(name); count += 1) name = `${path}~${team}-${count}`;
    taken.add(name);
    beside.set(path, name);
  }
  return beside;
}

function besideChanges(
  merge: Merge,
  beside: ReadonlyMap<EntryPath, EntryPath>,
  extracted: ReadonlyMap<string, ExtractedObject>,
  contents: string,
): JournalChange[] {
  return merge.staged.flatMap(({ path, stage, mode, object }) => {
    const name = stage === 3 ? beside.get(path) : undefined;
    return name === undefined ? [] : [{ path: name, after: stateOfObject(mode, object, extracted, contents) }];
  });
}

function stateOf(entry: MergeEntry): JournalState {
  if (entry.kind === "link") return { kind: "link", target: entry.target };
  return { kind: "file", executable: entry.executable, sha256: entry.blob, content: "" };
}

function stateOfObject(
  mode: string,
  object: string,
  extracted: ReadonlyMap<string, ExtractedObject>,
  contents: string,
): JournalState {
  if (mode === LINK_MODE) {
    return { kind: "link", target: nameOfBytes(readFileSync(path.join(contents, object))) };
  }
  const sha256 = extracted.get(object)?.sha256 ?? "";
  return { kind: "file", executable: mode === "100755", sha256, content: object };
}

async function makeDurable(contents: string, extracted: ReadonlyMap<string, ExtractedObject>): Promise<void> {
  if (await syncFileSystem(contents)) return;
  for (const { file } of extracted.values()) {
    const descriptor = openSync(path.join(contents, file), "r+");
    try {
      await syncDescriptor(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}
