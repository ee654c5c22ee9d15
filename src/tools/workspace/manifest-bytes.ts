import type { BlobId } from "../../log/run-log.ts";
import { nameBytes, nameOfBytes, type EntryName } from "./entry-name.ts";

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

/** A folder's manifest, or a part of it: entries, or the blobs of smaller parts. */
export type ManifestPart = { readonly entries: readonly SnapshotEntry[] } | { readonly parts: readonly BlobId[] };

/** The first byte of a part that is written here; what was written before is JSON, and begins with a brace. */
export const BINARY = 2;

const ENTRIES = 0;
const PARTS = 1;
const KINDS = ["file", "folder", "link"] as const;
const HASH_BYTES = 32;

/** A part in as few bytes as can be: it is written whenever something in it changes. Equal parts have equal bytes. */
export function partBytes(part: ManifestPart): Uint8Array {
  const pieces: Uint8Array[] = [];
  if ("parts" in part) {
    pieces.push(Uint8Array.of(BINARY, PARTS));
    for (const id of part.parts) pieces.push(Buffer.from(id, "hex"));
    return Buffer.concat(pieces);
  }
  pieces.push(Uint8Array.of(BINARY, ENTRIES));
  for (const entry of part.entries) {
    const name = nameBytes(entry.name);
    pieces.push(Uint8Array.of(KINDS.indexOf(entry.kind)), numberBytes(name.byteLength), name);
    if (entry.kind === "link") {
      const target = nameBytes(entry.target);
      pieces.push(numberBytes(target.byteLength), target);
      continue;
    }
    pieces.push(numberBytes(entry.mode), Buffer.from(entry.blob, "hex"));
    if (entry.kind === "file") pieces.push(numberBytes(entry.bytes));
  }
  return Buffer.concat(pieces);
}

/** What `partBytes` wrote. Undefined for bytes that it never wrote. */
export function partOf(bytes: Uint8Array): ManifestPart | undefined {
  const reader = new Reader(bytes);
  if (reader.number() !== BINARY) return undefined;
  const kind = reader.number();
  if (kind !== ENTRIES && kind !== PARTS) return undefined;
  const parts: BlobId[] = [];
  const entries: SnapshotEntry[] = [];
  while (!reader.atEnd) {
    if (kind === PARTS) parts.push(reader.hash());
    else {
      const entry = entryFrom(reader);
      if (!entry) return undefined;
      entries.push(entry);
    }
  }
  if (reader.isShort) return undefined;
  return kind === PARTS ? { parts } : { entries };
}

function entryFrom(reader: Reader): SnapshotEntry | undefined {
  const kind = KINDS[reader.number()];
  const name = nameOfBytes(reader.bytes(reader.number()));
  if (kind === undefined) return undefined;
  if (kind === "link") return { kind, name, target: nameOfBytes(reader.bytes(reader.number())) };
  const mode = reader.number();
  const blob = reader.hash();
  return kind === "file" ? { kind, name, mode, blob, bytes: reader.number() } : { kind, name, mode, blob };
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function numberBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Uint8Array.of(...bytes, left);
}

/** Owns: how far bytes have been read, and whether they ended too soon. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  isShort = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  number(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 128) {
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) break;
    }
    this.#look();
    return value;
  }

  bytes(count: number): Uint8Array {
    const piece = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    this.#look();
    return piece;
  }

  hash(): BlobId {
    return Buffer.from(this.bytes(HASH_BYTES)).toString("hex");
  }

  #look(): void {
    this.isShort ||= this.#at > this.#bytes.byteLength;
  }
}
