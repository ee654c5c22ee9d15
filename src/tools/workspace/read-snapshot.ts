import { chmod, lstat, mkdir, readdir, realpath } from "node:fs/promises";
import { UsageError } from "../../base/errors.ts";
import type { BlobId, BlobStore } from "../../log/run-log.ts";
import type { EntryName } from "./entry-name.ts";
import { readFolder, type SnapshotId } from "./manifest.ts";
import type { SnapshotEntry } from "./manifest-bytes.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";

/**
 * The names on the way to an entry from the topmost folder, its own last, with `/` between; bytes as in `EntryName`.
 */
export type EntryPath = string;

/** The path of an entry of the folder at `above`. */
export function joined(above: EntryPath, name: EntryName): EntryPath {
  return above === "" ? name : `${above}/${name}`;
}

export interface PlacedEntry {
  readonly path: EntryPath;
  readonly entry: SnapshotEntry;
}

/** Every entry of a snapshot, a folder before what is in it, folders' entries by the bytes of their names. */
export async function* walkSnapshot(blobs: BlobStore, id: SnapshotId): AsyncGenerator<PlacedEntry> {
  yield* walkFolder(blobs, id, "");
}

/** Every entry below a folder of a snapshot, which itself lies at `above`. */
export async function* walkFolder(blobs: BlobStore, folder: BlobId, above: EntryPath): AsyncGenerator<PlacedEntry> {
  const frames = [{ path: above, entries: (await readFolder(blobs, folder)).values() }];
  for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
    const next = frame.entries.next();
    if (next.done) {
      frames.pop();
      continue;
    }
    const path = joined(frame.path, next.value.name);
    yield { path, entry: next.value };
    if (next.value.kind === "folder") {
      frames.push({ path, entries: (await readFolder(blobs, next.value.blob)).values() });
    }
  }
}

/** What a snapshot has at a path, links not followed; undefined where it has nothing there. */
export async function findEntry(blobs: BlobStore, id: SnapshotId, path: EntryPath): Promise<SnapshotEntry | undefined> {
  const names = path.split("/");
  const last = names.pop();
  let folder: BlobId = id;
  for (const name of names) {
    const found = (await readFolder(blobs, folder)).find((entry) => entry.name === name);
    if (found?.kind !== "folder") return undefined;
    folder = found.blob;
  }
  return (await readFolder(blobs, folder)).find((entry) => entry.name === last);
}

/**
 * Writes a snapshot into a folder, which is made where it is missing and must be empty. Throws `UsageError`
 * (`folder-not-empty`), and as `Workspace.restore` does.
 */
export async function materialize(
  blobs: BlobStore,
  snapshot: SnapshotId,
  folder: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0 || !(await lstat(folder)).isDirectory()) {
    throw new UsageError("folder-not-empty", `The folder ${folder} is not empty.`, { hint: "Name a new one." });
  }
  await chmod(folder, 0o700);
  await restoreSnapshot({ root: await realpath(folder), blobs, snapshot, ...options });
}
