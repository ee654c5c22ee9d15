import { z } from "zod";
import { M1Error } from "../../base/errors.ts";
import { blobName, isBlobName } from "../../log/blob-name.ts";
import type { BlobId, BlobStore } from "../../log/run-log.ts";
import {
  isEntryName,
  nameOfStored,
  storedNameSchema,
  storeName,
  type EntryName,
  type StoredName,
} from "./entry-name.ts";
import type { TreeNode } from "./snapshot-tree.ts";

/** Names a snapshot: the blob of its topmost folder's manifest. Equal trees have equal names. */
export type SnapshotId = BlobId;

/** What a snapshot says of one entry of a folder. */
export type SnapshotEntry = SnapshotFile | SnapshotFolder | SnapshotLink;

export interface SnapshotFile {
  readonly kind: "file";
  readonly name: EntryName;
  /** Permission, set-user, set-group and sticky bits. */
  readonly mode: number;
  readonly blob: BlobId;
  readonly bytes: number;
}

export interface SnapshotFolder {
  readonly kind: "folder";
  readonly name: EntryName;
  readonly mode: number;
  /** The blob of its manifest. */
  readonly blob: BlobId;
}

export interface SnapshotLink {
  readonly kind: "link";
  readonly name: EntryName;
  readonly target: EntryName;
}

const blob = z.string().refine(isBlobName);
const mode = z.int().min(0).max(0o7777);
const bytes = z.int().nonnegative();
const name = storedNameSchema;

const storedEntrySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("file"), name, mode, blob, bytes }),
  z.object({ kind: z.literal("folder"), name, mode, blob }),
  z.object({ kind: z.literal("link"), name, target: storedNameSchema }),
]);
type StoredEntry = z.infer<typeof storedEntrySchema>;

const entriesSchema = z.object({ version: z.literal(1), entries: z.array(storedEntrySchema) });
const pagesSchema = z.object({ version: z.literal(1), pages: z.array(blob) });
const manifestSchema = z.union([entriesSchema, pagesSchema]);

/** A folder of more entries is written in pages, so that a change costs a page and not all of a large folder. */
const MOST_IN_ONE = 128;
/** A page ends after about so many entries: a power of two. */
const PAGE_ENTRIES = 64;
const LARGEST_PAGE = 16 * PAGE_ENTRIES;

/** The blobs of a folder's manifest: pages where it is large, its own manifest last. Equal folders have equal ones. */
export function* manifestBlobs(
  entries: ReadonlyMap<EntryName, TreeNode>,
  nameBlob: (bytes: Uint8Array) => BlobId,
): Generator<{ readonly id: BlobId; readonly bytes: Uint8Array }> {
  const pages: BlobId[] = [];
  let page: StoredEntry[] = [];
  for (const [entry, node] of entries) {
    page.push(stored(entry, node));
    if (entries.size <= MOST_IN_ONE || !(endsPage(entry) || page.length >= LARGEST_PAGE)) continue;
    const blob = named({ version: 1, entries: page }, nameBlob);
    pages.push(blob.id);
    page = [];
    yield blob;
  }
  if (pages.length === 0) {
    yield named({ version: 1, entries: page }, nameBlob);
    return;
  }
  if (page.length > 0) {
    const last = named({ version: 1, entries: page }, nameBlob);
    pages.push(last.id);
    yield last;
  }
  yield named({ version: 1, pages }, nameBlob);
}

/** The snapshot of a folder with nothing in it. */
export async function emptySnapshot(blobs: BlobStore): Promise<SnapshotId> {
  for (const { bytes } of manifestBlobs(new Map(), blobName)) return await blobs.put(bytes);
  throw new M1Error("snapshot-damaged", "An empty folder has no manifest.");
}

/** The entries of a folder of a snapshot, by the bytes of their names. Throws `snapshot-damaged`, and as blobs do. */
export async function readFolder(blobs: BlobStore, id: BlobId): Promise<SnapshotEntry[]> {
  const entries: SnapshotEntry[] = [];
  const manifest = parse(id, await blobs.get(id));
  if ("entries" in manifest) append(entries, manifest.entries, id);
  else {
    for (const page of manifest.pages) {
      const part = parse(page, await blobs.get(page));
      if (!("entries" in part)) throw damaged(page);
      append(entries, part.entries, id);
    }
  }
  return entries;
}

/** A name from elsewhere must not lead out of its folder, nor may two entries have one name. */
function append(entries: SnapshotEntry[], found: readonly StoredEntry[], id: BlobId): void {
  for (const each of found) {
    const name = nameOfStored(each.name);
    const before = entries.at(-1)?.name;
    if (!isEntryName(name) || (before !== undefined && before >= name)) throw damaged(id);
    if (each.kind !== "link") entries.push({ ...each, name });
    else entries.push({ kind: "link", name, target: target(each.target, id) });
  }
}

function target(stored: StoredName, id: BlobId): EntryName {
  const target = nameOfStored(stored);
  if (target === "" || target.includes("\0")) throw damaged(id);
  return target;
}

function parse(id: BlobId, bytes: Uint8Array): z.infer<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (error) {
    throw damaged(id, error);
  }
}

function damaged(id: BlobId, cause?: unknown): M1Error {
  return new M1Error("snapshot-damaged", `Blob ${id} is no folder of a snapshot.`, {
    hint: "The run's log names something else as a snapshot, or was written by a newer version.",
    cause,
  });
}

function named(manifest: z.infer<typeof manifestSchema>, nameBlob: (bytes: Uint8Array) => BlobId) {
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { id: nameBlob(bytes), bytes };
}

function stored(name: EntryName, node: TreeNode): StoredEntry {
  switch (node.kind) {
    case "file":
      return { kind: "file", name: storeName(name), mode: node.mode, blob: node.blob, bytes: node.bytes };
    case "folder":
      return { kind: "folder", name: storeName(name), mode: node.mode, blob: node.manifest ?? "" };
    case "link":
      return { kind: "link", name: storeName(name), target: storeName(node.target) };
  }
}

/**
 * Whether a page ends after an entry: depends on the name alone (FNV-1a), so that entries which come or go
 * elsewhere leave the other pages as they are.
 */
function endsPage(name: EntryName): boolean {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return (hash & (PAGE_ENTRIES - 1)) === 0;
}
