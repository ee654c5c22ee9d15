import { hash } from "node:crypto";
import { M1Error } from "../base/errors.ts";
import type { BlobId } from "./run-log.ts";

/** The name of these bytes: their SHA-256 in lower-case hex. */
export function blobName(bytes: Uint8Array): BlobId {
  return hash("sha256", bytes);
}

export function isBlobName(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

export function blobMissing(id: BlobId, cause?: unknown): M1Error {
  return new M1Error("blob-missing", `The run has no blob ${id}.`, {
    cause,
    hint: "The run's folder may have been copied without its blobs.",
  });
}

/** Throws `blob-missing` for what cannot be a blob's name, a path for example. */
export function assertBlobName(id: BlobId): void {
  if (!isBlobName(id)) throw blobMissing(id);
}

/** Throws `blob-damaged` where the bytes, named by what they are now, are not those of the name. */
export function assertBlobIntact(id: BlobId, found: BlobId): void {
  if (found === id) return;
  throw new M1Error("blob-damaged", `The bytes of blob ${id} have been changed.`, {
    hint: "Restore the run's folder from a copy.",
  });
}
