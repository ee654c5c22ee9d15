import type { Clock } from "../base/clock.ts";
import { afterThisCode } from "../base/event-loop.ts";
import { MemoryBlobStore } from "./memory-blob-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { StoredLog } from "./stored-log.ts";

/** A run log that lives as long as its process: for tests and simulations. */
export class MemoryLog extends StoredLog {
  constructor(options: { readonly runId: string; readonly clock: Clock }) {
    const blobs = new MemoryBlobStore();
    // Nothing is gained by grouping here, and a virtual clock then sees every append settled between two timers.
    super({ ...options, blobs, store: new MemoryStore(options.runId, blobs), soon: afterThisCode });
  }
}
