import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";

/** POSIX counts the room that a file takes in these. */
const BLOCK_BYTES = 512;
const SLASH = Buffer.from("/");

/** What a run's folder takes on the disk. */
export interface RunSize {
  /** What removing all that has its files would free. */
  readonly bytes: number;
  /** The part of it in files that other folders may have as well (a fork's blobs), by the files' numbers. */
  readonly shared: ReadonlyMap<string, number>;
}

/** Measures a folder. What cannot be looked at, or goes meanwhile, counts as nothing. */
export async function sizeOfRun(directory: string): Promise<RunSize> {
  const shared = new Map<string, number>();
  let bytes = 0;
  // Names may be any bytes.
  const folders = [Buffer.from(directory)];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await namesIn(folder)) {
      const place = Buffer.concat([folder, SLASH, name]);
      const facts = await lstat(place).catch(() => undefined);
      if (!facts) continue;
      if (facts.isDirectory()) folders.push(place);
      bytes += countOnce(facts, shared);
    }
  }
  return { bytes, shared };
}

/** A file with several names counts once. */
function countOnce(facts: Stats, shared: Map<string, number>): number {
  const bytes = facts.blocks * BLOCK_BYTES;
  if (facts.isDirectory() || facts.nlink < 2) return bytes;
  const file = `${facts.dev}:${facts.ino}`;
  if (shared.has(file)) return 0;
  shared.set(file, bytes);
  return bytes;
}

function namesIn(folder: Buffer): Promise<readonly Buffer[]> {
  return readdir(folder, { encoding: "buffer" }).catch(() => []);
}

/**
 * Owns: what some runs take together, a file that several have counted once. Does not own: the runs.
 */
export class SharedSizes {
  readonly #holders = new Map<string, number>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(size: RunSize): void {
    this.#bytes += size.bytes;
    for (const [file, bytes] of size.shared) {
      const holders = this.#holders.get(file) ?? 0;
      if (holders > 0) this.#bytes -= bytes;
      this.#holders.set(file, holders + 1);
    }
  }

  /** Takes out one that was added. */
  remove(size: RunSize): void {
    this.#bytes -= size.bytes;
    for (const [file, bytes] of size.shared) {
      const holders = (this.#holders.get(file) ?? 0) - 1;
      if (holders > 0) this.#bytes += bytes;
      this.#holders.set(file, holders);
    }
  }
}
