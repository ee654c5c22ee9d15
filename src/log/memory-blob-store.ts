import { blobMissing, blobName } from "./blob-name.ts";
import type { BlobId, BlobStore } from "./run-log.ts";

/** Blobs of a `MemoryLog`. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<BlobId, Buffer>();

  async put(bytes: Uint8Array): Promise<BlobId> {
    const id = blobName(bytes);
    if (!this.#blobs.has(id)) this.#blobs.set(id, Buffer.from(bytes));
    return id;
  }

  async get(id: BlobId): Promise<Uint8Array> {
    const bytes = this.getNow(id);
    if (!bytes) throw blobMissing(id);
    // A copy: what the reader does to it must not reach the log.
    return Uint8Array.from(bytes);
  }

  getNow(id: BlobId): Buffer | undefined {
    return this.#blobs.get(id);
  }
}
