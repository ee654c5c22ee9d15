import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  descriptorPath,
  piecesOf,
  setLength,
  shareBlocks,
  syncDescriptor,
  syncFolder,
  writeAt,
} from "../base/descriptor-io.ts";
import type { M1Error } from "../base/errors.ts";
import { newTemporaryName } from "../base/ids.ts";
import { assertBlobIntact, assertBlobName, blobMissing, blobName, isBlobName } from "./blob-name.ts";
import { diskError, isMissingFile } from "./disk-error.ts";
import type { BlobBatch, BlobId, BlobStore, StoredFile } from "./run-log.ts";

/** Up to here a blob is written without waiting: the system takes it into its cache at once. */
const SMALL_BYTES = 64 * 1024;
/** Above it sharing blocks is tried, and a file is never whole in memory. */
const LARGE_BYTES = 1024 ** 2;
/** So many names are remembered as durable: a run of any length has memory for no more. */
const MOST_REMEMBERED = 4096;
const OPEN_OR_MAKE = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * Owns: the files `<directory>/<first two digits of the name>/<name>`, readable by their owner only.
 * Invariants: 1. a file has its final name only when all its bytes are on the disk; 2. `put` and a batch's
 * `commit` resolve only when the names are, too; 3. no file is ever changed. Processes may share the directory.
 */
export class FileBlobStore implements BlobStore {
  readonly #directory: string;
  /** Some of what this process knows to be durable, oldest first. */
  readonly #durable = new Set<BlobId>();
  readonly #writing = new Map<BlobId, Promise<void>>();
  readonly #folders = new Map<string, Promise<void>>();
  /** Whether the file system shares blocks between files, once it has been tried. */
  #sharesBlocks: boolean | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The bytes must not change until it resolves. */
  async put(bytes: Uint8Array): Promise<BlobId> {
    const batch = this.batch();
    const id = await batch.put(bytes);
    await batch.commit();
    return id;
  }

  async putFile(descriptor: number, signal?: AbortSignal): Promise<StoredFile> {
    const batch = this.batch();
    const stored = await batch.putFile(descriptor, signal);
    await batch.commit();
    return stored;
  }

  /** The names in a folder are synced once a batch, not once a blob. */
  batch(): BlobBatch {
    const put: BlobId[] = [];
    const noted = (id: BlobId): BlobId => {
      if (!this.#durable.has(id)) put.push(id);
      return id;
    };
    return {
      put: async (bytes) => noted(await this.#store(bytes)),
      putFile: async (descriptor, signal) => {
        const { size } = fstatSync(descriptor);
        if (size > LARGE_BYTES) {
          const stored = await this.#storeLarge(descriptor, size, signal);
          noted(stored.id);
          return stored;
        }
        const pieces: Buffer[] = [];
        for await (const piece of piecesOf(descriptor, size)) pieces.push(Buffer.from(piece));
        signal?.throwIfAborted();
        const bytes = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
        return { id: noted(await this.#store(bytes)), bytes: bytes.byteLength };
      },
      commit: () => this.#commit(put.splice(0)),
    };
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
    } finally {
      closeSync(source);
    }
    if (size <= SMALL_BYTES) {
      writeWhole(descriptor, this.#getSmall(id));
      return;
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

  /** Removes what writers that were killed left half-written. Only for whoever works on the run alone. */
  async removeLeftovers(): Promise<void> {
    const names = await readdir(this.#directory).catch((error: unknown) => {
      if (isMissingFile(error)) return [];
      throw diskError(`${this.#directory} cannot be read`, error);
    });
    for (const name of names) if (name.endsWith(".tmp")) rmSync(join(this.#directory, name), { force: true });
  }

  /** Its bytes are on the disk and it has its name; the name may not be durable yet. */
  async #store(bytes: Uint8Array): Promise<BlobId> {
    const id = blobName(bytes);
    if (!this.#durable.has(id)) await inFlight(this.#writing, id, () => this.#storeNamed(id, bytes));
    return id;
  }

  async #storeNamed(id: BlobId, bytes: Uint8Array): Promise<void> {
    const known = await stored(async () => {
      await this.#makeFolders(id);
      return exists(this.#path(id));
    });
    if (known) return;
    await this.#write(this.#temporary(), async (descriptor) => {
      await stored(async () => {
        if (bytes.byteLength <= SMALL_BYTES) writeWhole(descriptor, bytes);
        else await writeAt(descriptor, bytes, 0);
        await setLength(descriptor, bytes.byteLength);
      });
      return id;
    });
  }

  /** Copies and hashes in one go, since what is copied must be what was hashed. */
  async #storeLarge(descriptor: number, size: number, signal?: AbortSignal): Promise<StoredFile> {
    let bytes = 0;
    await stored(() => once(this.#folders, this.#directory, () => makeFolder(this.#directory)));
    const temporary = this.#temporary();
    const source = descriptorPath(descriptor);
    // Before it is opened: where blocks cannot be shared, trying to removes the file.
    const shared = source !== undefined && (await this.#share(source, temporary));
    const id = await this.#write(temporary, async (target) => {
      const hash = createHash("sha256");
      for await (const piece of shared ? piecesOf(target) : piecesOf(descriptor, size)) {
        signal?.throwIfAborted();
        hash.update(piece);
        const position = bytes;
        if (!shared) await stored(() => writeAt(target, piece, position));
        bytes += piece.byteLength;
      }
      if (!shared) await stored(() => setLength(target, bytes));
      return hash.digest("hex");
    });
    return { id, bytes };
  }

  /** Makes a file by `write`, which tells the name it must have, and gives it that name once its bytes are synced. */
  async #write(temporary: string, write: (descriptor: number) => Promise<BlobId>): Promise<BlobId> {
    try {
      const descriptor = await stored(() => openSync(temporary, OPEN_OR_MAKE, 0o600));
      let id: BlobId;
      try {
        // A file that shares blocks has the mode of its source.
        fchmodSync(descriptor, 0o600);
        id = await write(descriptor);
        await stored(() => syncDescriptor(descriptor));
      } finally {
        closeSync(descriptor);
      }
      await stored(() => this.#makeFolders(id));
      await stored(() => renameSync(temporary, this.#path(id)));
      return id;
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  #temporary(): string {
    return join(this.#directory, newTemporaryName());
  }

  async #share(from: string, to: string): Promise<boolean> {
    if (this.#sharesBlocks === false) return false;
    this.#sharesBlocks = await shareBlocks(from, to);
    return this.#sharesBlocks;
  }

  async #commit(ids: readonly BlobId[]): Promise<void> {
    // Also for files that were there: whoever named them may have died before this.
    const folders = [...new Set(ids.map((id) => dirname(this.#path(id))))];
    await Promise.all(folders.map((folder) => stored(() => syncFolder(folder))));
    for (const id of ids) this.#remember(id);
  }

  #remember(id: BlobId): void {
    this.#durable.add(id);
    const [oldest] = this.#durable;
    if (this.#durable.size > MOST_REMEMBERED && oldest !== undefined) this.#durable.delete(oldest);
  }

  async #makeFolders(id: BlobId): Promise<void> {
    for (const folder of [this.#directory, dirname(this.#path(id))]) {
      await once(this.#folders, folder, () => makeFolder(folder));
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

  #getSmall(id: BlobId): Buffer {
    const bytes = this.getNow(id);
    if (!bytes) throw blobMissing(id);
    assertBlobIntact(id, blobName(bytes));
    return bytes;
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

/** Does `work` for all who ask for that name while it is done. */
function inFlight(running: Map<string, Promise<void>>, name: string, work: () => Promise<void>): Promise<void> {
  const known = running.get(name);
  if (known) return known;
  const begun = work().finally(() => running.delete(name));
  running.set(name, begun);
  return begun;
}

/** What the disk refuses becomes `log-disk`. */
async function stored<Value>(work: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw diskError("A blob cannot be stored", error);
  }
}

function unreadable(id: BlobId, error: unknown): M1Error {
  return isMissingFile(error) ? blobMissing(id, error) : diskError(`Blob ${id} cannot be read`, error);
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;) done += writeSync(descriptor, bytes, done);
}

/** Durable when it resolves, also where somebody else made it. */
async function makeFolder(path: string): Promise<void> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(path));
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
