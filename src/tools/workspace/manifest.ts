import { z } from "zod";
import { M1Error } from "../../base/errors.ts";
import { blobName, isBlobName } from "../../log/blob-name.ts";
import type { BlobId, BlobStore } from "../../log/run-log.ts";
import { isEntryName, nameOfStored, storedNameSchema, type EntryName } from "./entry-name.ts";
import { BINARY, partBytes, partOf, type ManifestPart, type SnapshotEntry } from "./manifest-bytes.ts";
import type { TreeNode } from "./snapshot-tree.ts";

/** Names a snapshot: the blob of its topmost folder's manifest. Equal trees have equal names. */
export type SnapshotId = BlobId;

/** So many entries stand in one part; of more, the part names eight smaller ones, by their names' hashes. */
const MOST_IN_ONE = 16;
const FANOUT_BITS = 3;
const HASH_BITS = 30;

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

/** As manifests were written before: as JSON, a large one in pages. They are read as ever. */
const entriesSchema = z.object({ version: z.literal(1), entries: z.array(storedEntrySchema) });
const pagesSchema = z.object({ version: z.literal(1), pages: z.array(blob) });
const manifestSchema = z.union([entriesSchema, pagesSchema]);

/**
 * The blobs of a folder's manifest, its own last. Equal folders have equal ones. They are a tree by the hashes of the
 * names, so that a change costs the small parts above it, however large the folder is.
 */
export function* manifestBlobs(
  entries: ReadonlyMap<EntryName, TreeNode>,
  nameBlob: (bytes: Uint8Array) => BlobId,
): Generator<ManifestBlob> {
  const hashed = [...entries].map(([name, node]) => ({ hash: hashOf(name), entry: stored(name, node) }));
  yield* partsOf(hashed, 0, nameBlob);
}

interface ManifestBlob {
  readonly id: BlobId;
  readonly bytes: Uint8Array;
}

interface HashedEntry {
  readonly hash: number;
  readonly entry: SnapshotEntry;
}

function* partsOf(
  entries: readonly HashedEntry[],
  bits: number,
  nameBlob: (bytes: Uint8Array) => BlobId,
): Generator<ManifestBlob, BlobId> {
  let part: ManifestPart;
  if (entries.length <= MOST_IN_ONE || bits >= HASH_BITS) part = { entries: entries.map(({ entry }) => entry) };
  else {
    const parts: BlobId[] = [];
    for (const some of split(entries, bits)) parts.push(yield* partsOf(some, bits + FANOUT_BITS, nameBlob));
    part = { parts };
  }
  const bytes = partBytes(part);
  const id = nameBlob(bytes);
  yield { id, bytes };
  return id;
}

/** By some bits of their hashes; what would be empty is left out. */
function split(entries: readonly HashedEntry[], bits: number): readonly HashedEntry[][] {
  const buckets = Array.from({ length: 2 ** FANOUT_BITS }, (): HashedEntry[] => []);
  for (const each of entries) buckets[(each.hash >>> bits) % buckets.length]?.push(each);
  return buckets.filter((bucket) => bucket.length > 0);
}

/** The snapshot of a folder with nothing in it. */
export async function emptySnapshot(blobs: BlobStore): Promise<SnapshotId> {
  for (const { bytes } of manifestBlobs(new Map(), blobName)) return await blobs.put(bytes);
  throw new M1Error("snapshot-damaged", "An empty folder has no manifest.");
}

/** The entries of a folder of a snapshot, by the bytes of their names. Throws `snapshot-damaged`, and as blobs do. */
export async function readFolder(blobs: BlobStore, id: BlobId): Promise<SnapshotEntry[]> {
  return (await readManifest(blobs, id)).entries;
}

/** The same with the blobs that the manifest's parts are. */
export async function readManifest(
  blobs: BlobStore,
  id: BlobId,
): Promise<{ readonly entries: SnapshotEntry[]; readonly parts: readonly BlobId[] }> {
  const parts: BlobId[] = [];
  const entries = await readParts(blobs, id, parts, 0);
  entries.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
  // A name from elsewhere must not lead out of its folder, nor may two entries have one name.
  for (const [index, { name }] of entries.entries()) {
    if (!isEntryName(name) || entries[index - 1]?.name === name) throw damaged(id);
  }
  return { entries, parts };
}

/** Deeper than any manifest of ours: one that goes on for ever, or names itself, is none. */
const DEEPEST = HASH_BITS / FANOUT_BITS + 1;

async function readParts(blobs: BlobStore, id: BlobId, read: BlobId[], depth: number): Promise<SnapshotEntry[]> {
  if (depth > DEEPEST) throw damaged(id);
  const part = partIn(id, await blobs.get(id));
  if ("parts" in part) {
    read.push(...part.parts);
    const found = await Promise.all(part.parts.map((each) => readParts(blobs, each, read, depth + 1)));
    return found.flat();
  }
  if (!part.entries.every(isEntry)) throw damaged(id);
  return [...part.entries];
}

/** Links may lead anywhere, but not nowhere. */
function isEntry(entry: SnapshotEntry): boolean {
  if (entry.kind === "link") return entry.target !== "" && !entry.target.includes("\0");
  return entry.mode <= 0o7777;
}

function partIn(id: BlobId, bytes: Uint8Array): ManifestPart {
  const part = bytes[0] === BINARY ? partOf(bytes) : jsonPart(id, bytes);
  if (part) return part;
  throw damaged(id);
}

function jsonPart(id: BlobId, bytes: Uint8Array): ManifestPart {
  const manifest = parse(id, bytes);
  if ("pages" in manifest) return { parts: manifest.pages };
  return { entries: manifest.entries.map(entryOf) };
}

function entryOf(each: StoredEntry): SnapshotEntry {
  const name = nameOfStored(each.name);
  return each.kind === "link" ? { kind: "link", name, target: nameOfStored(each.target) } : { ...each, name };
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

function stored(name: EntryName, node: TreeNode): SnapshotEntry {
  switch (node.kind) {
    case "file":
      return { kind: "file", name, mode: node.mode, blob: node.blob, bytes: node.bytes };
    case "folder":
      return { kind: "folder", name, mode: node.mode, blob: node.manifest ?? "" };
    case "link":
      return { kind: "link", name, target: node.target };
  }
}

/** FNV-1a, and its bits stirred, since those of short names differ little. */
function hashOf(name: EntryName): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
