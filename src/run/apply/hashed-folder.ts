import { createHash } from "node:crypto";
import { fstatSync } from "node:fs";
import { piecesOf } from "../../base/descriptor-io.ts";
import { blobName } from "../../log/blob-name.ts";
import type { BlobBatch, BlobId, BlobStore, StoredFile } from "../../log/run-log.ts";
import { unbatched } from "../../log/unbatched.ts";

/**
 * Blobs for a snapshot that is only compared: manifests stay in memory, files are hashed and not kept. What another
 * store has is read from there.
 */
export class HashedFolder implements BlobStore {
  readonly #beneath: BlobStore;
  readonly #manifests = new Map<BlobId, Uint8Array>();

  constructor(beneath: BlobStore) {
    this.#beneath = beneath;
  }

  async put(bytes: Uint8Array): Promise<BlobId> {
    const id = blobName(bytes);
    this.#manifests.set(id, bytes);
    return id;
  }

  async putFile(descriptor: number, signal?: AbortSignal): Promise<StoredFile> {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const piece of piecesOf(descriptor, fstatSync(descriptor).size)) {
      signal?.throwIfAborted();
      hash.update(piece);
      bytes += piece.byteLength;
    }
    return { id: hash.digest("hex"), bytes };
  }

  batch(): BlobBatch {
    return unbatched(this);
  }

  async get(id: BlobId): Promise<Uint8Array> {
    return this.#manifests.get(id) ?? (await this.#beneath.get(id));
  }

  stream(id: BlobId): AsyncIterable<Uint8Array> {
    return this.#beneath.stream(id);
  }

  copyTo(id: BlobId, descriptor: number): Promise<void> {
    return this.#beneath.copyTo(id, descriptor);
  }
}
