import { createHash } from "node:crypto";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { descriptorPath, piecesOf, setLength, shareBlocks, syncFolder, writeAt } from "../base/descriptor-io.ts";
import type { M1Error } from "../base/errors.ts";
import { assertBlobIntact, assertBlobName, blobMissing, blobName, isBlobName } from "./blob-name.ts";
import { diskError, isMissingFile } from "./disk-error.ts";
import { FileBlobBatch, LARGE_BYTES, SMALL_BYTES, type BlobFolder } from "./file-blob-batch.ts";
import type { BlobBatch, BlobId, BlobStore, StoredFile } from "./run-log.ts";
import { syncFileSystem } from "./sync-file-system.ts";

/** So many names are remembered as durable: a run of any length has memory for no more. */
const MOST_REMEMBERED = 4096;

export interface FileBlobStoreOptions {
  /** Makes a folder's whole file system durable, or resolves to false. For tests; by default the system's way. */
  readonly syncFileSystem?: (folder: string) => Promise<boolean>;
}

/**
 * Owns: the files `<directory>/<first two digits of the name>/<name>`, readable by their owner only.
 * Invariants: 1. a file has its final name only when all its bytes are on the disk; 2. `put` and a batch's
 * `commit` resolve only when the names are, too; 3. no file is ever changed. Processes may share the directory.
 */
export class FileBlobStore implements BlobStore {
  readonly #directory: string;
  readonly #syncFileSystem: (folder: string) => Promise<boolean>;
  /** Some of what this process knows to be durable, oldest first. */
  readonly #durable = new Set<BlobId>();
  readonly #putting = new Map<BlobId, Promise<void>>();
  readonly #folders = new Map<string, Promise<void>>();
  /** Whether the file system shares blocks between files, once it has been tried. */
  #sharesBlocks: boolean | undefined;

  constructor(directory: string, options: FileBlobStoreOptions = {}) {
    this.#directory = directory;
    this.#syncFileSystem = options.syncFileSystem ?? syncFileSystem;
  }

  /** The bytes must not change until it resolves. */
  async put(bytes: Uint8Array): Promise<BlobId> {
    const id = blobName(bytes);
    if (this.#durable.has(id)) return id;
    const putting = this.#putting.get(id) ?? this.#putAlone(bytes).finally(() => this.#putting.delete(id));
    this.#putting.set(id, putting);
    await putting;
    return id;
  }

  async putFile(descriptor: number, signal?: AbortSignal): Promise<StoredFile> {
    return this.#committed((batch) => batch.putFile(descriptor, signal));
  }

  /** Its blobs get their names at its commit: thousands are then synced in a tenth of the time. */
  batch(): BlobBatch {
    const folder: BlobFolder = {
      directory: this.#directory,
      pathOf: (id) => this.#path(id),
      makeFolder: (id) => this.#makeFolders(id),
      isDurable: (id) => this.#durable.has(id),
      remember: (id) => this.#remember(id),
      share: (from, to) => this.#share(from, to),
      syncAll: () => this.#syncFileSystem(this.#directory),
    };
    return new FileBlobBatch(folder);
  }

  async get(id: BlobId): Promise<Uint8Array> {
    assertBlobName(id);
    const bytes = await readFile(this.#path(id)).catch((error: unknown) => {
      throw unreadable(id, error);
    });
    assertBlobIntact(id, blobName(bytes));
    return bytes;
  }

  async *stream(id: BlobId): AsyncGenerator<Uint8Array> {
    const descriptor = this.#open(id);
    try {
      const hash = createHash("sha256");
      for await (const piece of piecesOf(descriptor)) {
        hash.update(piece);
        yield piece;
      }
      assertBlobIntact(id, hash.digest("hex"));
    } finally {
      closeSync(descriptor);
    }
  }

  async copyTo(id: BlobId, descriptor: number): Promise<void> {
    const source = this.#open(id);
    let size: number;
    try {
      size = fstatSync(source).size;
      if (size <= SMALL_BYTES) {
        copySmall(id, source, descriptor);
        return;
      }
    } finally {
      closeSync(source);
    }
    const target = descriptorPath(descriptor);
    const shared = size > LARGE_BYTES && target !== undefined && (await this.#share(this.#path(id), target));
    let position = 0;
    for await (const piece of this.stream(id)) {
      if (!shared) await writeAt(descriptor, piece, position);
      position += piece.byteLength;
    }
    if (!shared) await setLength(descriptor, position);
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

  async #putAlone(bytes: Uint8Array): Promise<void> {
    await this.#committed((batch) => batch.put(bytes));
  }

  async #committed<Value>(work: (batch: BlobBatch) => Promise<Value>): Promise<Value> {
    const batch = this.batch();
    try {
      const value = await work(batch);
      await batch.commit();
      return value;
    } finally {
      batch.discard();
    }
  }

  async #share(from: string, to: string): Promise<boolean> {
    if (this.#sharesBlocks === false) return false;
    this.#sharesBlocks = await shareBlocks(from, to);
    return this.#sharesBlocks;
  }

  #remember(id: BlobId): void {
    this.#durable.add(id);
    const [oldest] = this.#durable;
    if (this.#durable.size > MOST_REMEMBERED && oldest !== undefined) this.#durable.delete(oldest);
  }

  async #makeFolders(id?: BlobId): Promise<void> {
    try {
      await once(this.#folders, this.#directory, () => makeFolder(this.#directory));
      const folder = id === undefined ? undefined : dirname(this.#path(id));
      if (folder !== undefined) await once(this.#folders, folder, () => makeFolder(folder));
    } catch (error) {
      throw diskError("A blob cannot be stored", error);
    }
  }

  #open(id: BlobId): number {
    assertBlobName(id);
    try {
      return openSync(this.#path(id), "r");
    } catch (error) {
      throw unreadable(id, error);
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

function copySmall(id: BlobId, source: number, target: number): void {
  const bytes = readFileSync(source);
  assertBlobIntact(id, blobName(bytes));
  for (let done = 0; done < bytes.byteLength;) done += writeSync(target, bytes, done);
}

function unreadable(id: BlobId, error: unknown): M1Error {
  return isMissingFile(error) ? blobMissing(id, error) : diskError(`Blob ${id} cannot be read`, error);
}

/** Durable when it resolves, also where somebody else made it. */
async function makeFolder(path: string): Promise<void> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(path));
}
