import { readFileSync } from "node:fs";
import { access, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { newTemporaryName } from "../base/ids.ts";
import { assertBlobIntact, blobMissing, blobName, isBlobName } from "./blob-name.ts";
import { diskError, isMissingFile } from "./disk-error.ts";
import type { BlobId, BlobStore } from "./run-log.ts";

/**
 * Owns: the files `<directory>/<first two digits of the name>/<name>`, readable by their owner only.
 * Invariants: 1. a file has its final name only when all its bytes are on the disk; 2. `put` resolves
 * only when the name is, too; 3. no file is ever changed. Processes may share the directory.
 */
export class FileBlobStore implements BlobStore {
  readonly #directory: string;
  /** What this process knows to be durable, or is making so. */
  readonly #durable = new Map<BlobId, Promise<void>>();
  readonly #folders = new Map<string, Promise<void>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The bytes must not change until it resolves. */
  async put(bytes: Uint8Array): Promise<BlobId> {
    const id = blobName(bytes);
    await once(this.#durable, id, () => this.#store(id, bytes));
    return id;
  }

  async get(id: BlobId): Promise<Uint8Array> {
    if (!isBlobName(id)) throw blobMissing(id);
    const bytes = await readFile(this.#path(id)).catch((error: unknown) => {
      throw isMissingFile(error) ? blobMissing(id, error) : diskError(`Blob ${id} cannot be read`, error);
    });
    assertBlobIntact(id, bytes);
    return bytes;
  }

  /** As `get`, for readers that cannot wait; undefined when it is missing. Does not check the bytes. */
  getNow(id: BlobId): Buffer | undefined {
    try {
      return isBlobName(id) ? readFileSync(this.#path(id)) : undefined;
    } catch (error) {
      if (isMissingFile(error)) return undefined;
      throw diskError(`Blob ${id} cannot be read`, error);
    }
  }

  async #store(id: BlobId, bytes: Uint8Array): Promise<void> {
    const folder = join(this.#directory, id.slice(0, 2));
    try {
      await once(this.#folders, this.#directory, () => makeFolder(this.#directory));
      await once(this.#folders, folder, () => makeFolder(folder));
      if (!(await exists(this.#path(id)))) await this.#write(this.#path(id), bytes);
      // Also for a file that was there: whoever named it may have died before this.
      await syncDirectory(folder);
    } catch (error) {
      throw diskError(`Blob ${id} cannot be stored`, error);
    }
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(this.#directory, newTemporaryName());
    try {
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  }

  #path(id: BlobId): string {
    return join(this.#directory, id.slice(0, 2), id);
  }
}

/** Does `work` once a name, also for those who ask meanwhile; after a failure it may be tried again. */
function once(done: Map<string, Promise<void>>, name: string, work: () => Promise<void>): Promise<void> {
  const known = done.get(name);
  if (known) return known;
  const running = work().catch((error: unknown) => {
    done.delete(name);
    throw error;
  });
  done.set(name, running);
  return running;
}

/** Durable when it resolves, also where somebody else made it. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await syncDirectory(dirname(path));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => {
      if (isMissingFile(error)) return false;
      throw error;
    },
  );
}

/** Makes the names in a directory durable. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
