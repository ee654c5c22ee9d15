import type { TeamFolder } from "../../src/run/opening/furnish.ts";
import type { BlobStore } from "../../src/log/run-log.ts";
import { blobName } from "../../src/log/blob-name.ts";

/** A team's folder on the simulated disk: lines. It outlives processes, with whatever they left in it. */
export class SimulatedFolder implements TeamFolder {
  content: string[] = [];

  /** What its snapshot would be called now. */
  get name(): string {
    return blobName(this.#bytes());
  }

  async snapshot(blobs: BlobStore) {
    const bytes = this.#bytes();
    const id = await blobs.put(bytes);
    return { id, files: 1, bytes: bytes.byteLength, leftOut: { count: 0, first: [] } };
  }

  async restore(blobs: BlobStore, id: string): Promise<void> {
    const text = Buffer.from(await blobs.get(id)).toString();
    // The snapshot of an empty folder is a manifest, which is none of these.
    const lines: unknown = text.startsWith("[") ? JSON.parse(text) : [];
    this.content = Array.isArray(lines) ? lines.map(String) : [];
  }

  async place(): Promise<[]> {
    return [];
  }

  #bytes(): Buffer {
    return Buffer.from(JSON.stringify(this.content));
  }
}
