import { fstatSync } from "node:fs";
import { piecesOf, setLength, writeAt } from "../base/descriptor-io.ts";
import { blobMissing, blobName } from "./blob-name.ts";
import type { BlobBatch, BlobId, BlobStore, StoredFile } from "./run-log.ts";
import { unbatched } from "./unbatched.ts";

/** Blobs of a `MemoryLog`. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<BlobId, Buffer>();

  async put(bytes: Uint8Array): Promise<BlobId> {
    const id = blobName(bytes);
    if (!this.#blobs.has(id)) this.#blobs.set(id, Buffer.from(bytes));
    return id;
  }

  async putFile(descriptor: number, signal?: AbortSignal): Promise<StoredFile> {
    const pieces: Buffer[] = [];
    for await (const piece of piecesOf(descriptor, fstatSync(descriptor).size)) {
      signal?.throwIfAborted();
      pieces.push(Buffer.from(piece));
    }
    const bytes = Buffer.concat(pieces);
    return { id: await this.put(bytes), bytes: bytes.byteLength };
  }

  batch(): BlobBatch {
    return unbatched(this);
  }

  async get(id: BlobId): Promise<Uint8Array> {
    // A copy: what the reader does to it must not reach the log.
    return Uint8Array.from(this.#find(id));
  }

  async *stream(id: BlobId): AsyncGenerator<Uint8Array> {
    yield await this.get(id);
  }

  async copyTo(id: BlobId, descriptor: number): Promise<void> {
    const bytes = this.#find(id);
    await writeAt(descriptor, bytes, 0);
    await setLength(descriptor, bytes.byteLength);
  }

  getNow(id: BlobId): Buffer | undefined {
    return this.#blobs.get(id);
  }

  #find(id: BlobId): Buffer {
    const bytes = this.getNow(id);
    if (!bytes) throw blobMissing(id);
    return bytes;
  }
}
