import type { BlobStore } from "../../log/run-log.ts";
import { readFolder, type SnapshotId } from "./manifest.ts";
import type { SnapshotEntry } from "./manifest-bytes.ts";
import { joined, walkFolder, type EntryPath } from "./read-snapshot.ts";

/** One entry that is not the same in two snapshots; `before` is missing where it was added, `after` where removed. */
export type SnapshotChange =
  | { readonly path: EntryPath; readonly before?: undefined; readonly after: SnapshotEntry }
  | { readonly path: EntryPath; readonly before: SnapshotEntry; readonly after?: undefined }
  | { readonly path: EntryPath; readonly before: SnapshotEntry; readonly after: SnapshotEntry };

/**
 * What differs between two snapshots, by the bytes of the names: a folder before what is in it, itself named only
 * where it came, went or has another mode. What became another kind of entry is changed; what is in a folder that
 * it was or is, is removed or added. Equal folders are not looked into.
 */
export async function* diffSnapshots(
  blobs: BlobStore,
  before: SnapshotId,
  after: SnapshotId,
): AsyncGenerator<SnapshotChange> {
  if (before === after) return;
  const frames = [{ path: "", pairs: await pairsOf(blobs, before, after) }];
  for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
    const next = frame.pairs.next();
    if (next.done) {
      frames.pop();
      continue;
    }
    const [old, now] = next.value;
    const path = joined(frame.path, old?.name ?? now?.name ?? "");
    const change = changeOf(path, old, now);
    if (change) yield change;
    if (old?.kind !== "folder" || now?.kind !== "folder") yield* alone(blobs, path, old, now);
    else if (old.blob !== now.blob) frames.push({ path, pairs: await pairsOf(blobs, old.blob, now.blob) });
  }
}

/** What is in a folder of which the other snapshot has nothing. */
async function* alone(
  blobs: BlobStore,
  path: EntryPath,
  old: SnapshotEntry | undefined,
  now: SnapshotEntry | undefined,
): AsyncGenerator<SnapshotChange> {
  if (old?.kind === "folder") {
    for await (const inner of walkFolder(blobs, old.blob, path)) yield { path: inner.path, before: inner.entry };
  }
  if (now?.kind === "folder") {
    for await (const inner of walkFolder(blobs, now.blob, path)) yield { path: inner.path, after: inner.entry };
  }
}

function changeOf(
  path: EntryPath,
  before: SnapshotEntry | undefined,
  after: SnapshotEntry | undefined,
): SnapshotChange | undefined {
  if (before && after) return isSame(before, after) ? undefined : { path, before, after };
  if (after) return { path, after };
  return before ? { path, before } : undefined;
}

/** Folders are compared by their own mode: what is in them are entries of its own. */
function isSame(before: SnapshotEntry, after: SnapshotEntry): boolean {
  if (before.kind === "file" && after.kind === "file") return before.blob === after.blob && before.mode === after.mode;
  if (before.kind === "folder" && after.kind === "folder") return before.mode === after.mode;
  return before.kind === "link" && after.kind === "link" && before.target === after.target;
}

type Pair = readonly [SnapshotEntry | undefined, SnapshotEntry | undefined];

/** The entries of two folders side by side. Both are sorted by the bytes of their names. */
async function pairsOf(blobs: BlobStore, before: SnapshotId, after: SnapshotId): Promise<Iterator<Pair>> {
  const [old, now] = await Promise.all([readFolder(blobs, before), readFolder(blobs, after)]);
  return merge(old, now);
}

function* merge(old: readonly SnapshotEntry[], now: readonly SnapshotEntry[]): Generator<Pair> {
  for (let left = 0, right = 0; left < old.length || right < now.length;) {
    const before = old[left];
    const after = now[right];
    const takesOld = before !== undefined && (after === undefined || before.name <= after.name);
    const takesNew = after !== undefined && (before === undefined || after.name <= before.name);
    if (takesOld) left += 1;
    if (takesNew) right += 1;
    yield [takesOld ? before : undefined, takesNew ? after : undefined];
  }
}
