import type { BlobBatch, BlobStore } from "./run-log.ts";

/** A batch of a store that keeps each blob as it comes: there is nothing left to commit or to discard. */
export function unbatched(store: Pick<BlobStore, "put" | "putFile">): BlobBatch {
  return {
    put: (bytes) => store.put(bytes),
    putFile: (descriptor, signal) => store.putFile(descriptor, signal),
    commit: async () => {},
    discard: () => {},
  };
}
