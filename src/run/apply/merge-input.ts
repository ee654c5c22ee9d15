import type { BlobId, BlobStore } from "../../log/run-log.ts";
import { nameOfText, type EntryName } from "../../tools/workspace/entry-name.ts";
import { diffSnapshots, type SnapshotChange } from "../../tools/workspace/diff-snapshots.ts";
import type { SnapshotEntry } from "../../tools/workspace/manifest-bytes.ts";
import type { SnapshotId } from "../../tools/workspace/manifest.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";
import { isGitPath } from "./git-name.ts";

/** What git knows of an entry: no modes but the executable bit, no folders. */
export type MergeEntry =
  | { readonly kind: "file"; readonly executable: boolean; readonly blob: BlobId; readonly bytes: number }
  | { readonly kind: "link"; readonly target: EntryName };

/** One path in the three folders that are merged; missing where it is not there. */
export interface MergePath {
  readonly base: MergeEntry | undefined;
  /** In the person's folder, now. */
  readonly yours: MergeEntry | undefined;
  /** In the team's, at its end. */
  readonly theirs: MergeEntry | undefined;
}

export interface MergeInput {
  /** All that the merge can be about. */
  readonly paths: ReadonlyMap<EntryPath, MergePath>;
  /** What the team changed in places that are git's own, and that is never applied. */
  readonly gitPaths: number;
  /** Folders that the team made or removed, for those that are empty; outermost first. */
  readonly foldersAdded: readonly EntryPath[];
  readonly foldersRemoved: readonly EntryPath[];
}

export interface MergeSnapshots {
  readonly blobs: BlobStore;
  readonly base: SnapshotId;
  readonly yours: SnapshotId;
  readonly theirs: SnapshotId;
  /** The task's files: a person's folder has them by no means, so they are no part of the base where they changed. */
  readonly taskFiles: readonly string[];
}

interface Side {
  readonly changes: Map<EntryPath, { readonly before: MergeEntry | undefined; readonly after: MergeEntry | undefined }>;
  readonly foldersAdded: EntryPath[];
  readonly foldersRemoved: EntryPath[];
  gitPaths: number;
}

/** Finds what differs, and of that what the merge needs: a large folder costs by what changed in it. */
export async function mergeInput(snapshots: MergeSnapshots): Promise<MergeInput> {
  const { blobs, base, yours, theirs } = snapshots;
  const team = await sideOf(blobs, base, theirs);
  const person = await sideOf(blobs, base, yours);
  const taskFiles = new Set(snapshots.taskFiles.map(nameOfText));
  const paths = new Map<EntryPath, MergePath>();
  for (const path of relevant(team, person)) {
    const theirChange = team.changes.get(path);
    const yourChange = person.changes.get(path);
    const old = theirChange ? theirChange.before : yourChange?.before;
    const placed = taskFiles.has(path) && theirChange !== undefined;
    paths.set(path, {
      base: placed ? undefined : old,
      yours: yourChange ? yourChange.after : old,
      theirs: theirChange ? theirChange.after : old,
    });
  }
  const { gitPaths, foldersAdded, foldersRemoved } = team;
  return { paths, gitPaths, foldersAdded, foldersRemoved };
}

async function sideOf(blobs: BlobStore, base: SnapshotId, other: SnapshotId): Promise<Side> {
  const side: Side = { changes: new Map(), foldersAdded: [], foldersRemoved: [], gitPaths: 0 };
  for await (const change of diffSnapshots(blobs, base, other)) {
    if (!isGitPath(change.path)) take(side, change);
    else if (change.before?.kind !== "folder" && change.after?.kind !== "folder") side.gitPaths += 1;
  }
  return side;
}

function take(side: Side, { path, before, after }: SnapshotChange): void {
  const [wasFolder, isFolder] = [before?.kind === "folder", after?.kind === "folder"];
  if (isFolder && !wasFolder) side.foldersAdded.push(path);
  if (wasFolder && !isFolder) side.foldersRemoved.push(path);
  const [old, now] = [entryOf(before), entryOf(after)];
  if (!sameEntry(old, now)) side.changes.set(path, { before: old, after: now });
}

/**
 * What the team changed; what the person changed in the same place, or above or below it; and, where the person
 * removed something that the team changed, all that the person added: it may have been renamed.
 */
function relevant(team: Side, person: Side): Set<EntryPath> {
  const paths = new Set(team.changes.keys());
  const above = new Set([...paths].flatMap(foldersOf));
  const renamed = [...paths].some((path) => {
    const yours = person.changes.get(path);
    return yours?.before !== undefined && yours.after === undefined;
  });
  for (const [path, { before }] of person.changes) {
    const inTheWay = above.has(path) || foldersOf(path).some((folder) => team.changes.has(folder));
    if (inTheWay || (renamed && before === undefined)) paths.add(path);
  }
  return paths;
}

/** The folders that a path goes through. */
function foldersOf(path: EntryPath): EntryPath[] {
  const folders: EntryPath[] = [];
  for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) folders.push(path.slice(0, end));
  return folders;
}

function entryOf(entry: SnapshotEntry | undefined): MergeEntry | undefined {
  if (entry?.kind === "link") return { kind: "link", target: entry.target };
  if (entry?.kind !== "file") return undefined;
  return { kind: "file", executable: (entry.mode & 0o100) !== 0, blob: entry.blob, bytes: entry.bytes };
}

export function sameEntry(left: MergeEntry | undefined, right: MergeEntry | undefined): boolean {
  if (left?.kind === "file" && right?.kind === "file") {
    return left.blob === right.blob && left.executable === right.executable;
  }
  if (left?.kind === "link" && right?.kind === "link") return left.target === right.target;
  return left === right;
}
