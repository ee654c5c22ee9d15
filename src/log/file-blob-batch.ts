import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { descriptorPath, piecesOf, setLength, syncDescriptor, syncFolder, writeAt } from "../base/descriptor-io.ts";
import { otherWork } from "../base/event-loop.ts";
import { newTemporaryName } from "../base/ids.ts";
import { blobName } from "./blob-name.ts";
import { diskError } from "./disk-error.ts";
import type { BlobBatch, BlobId, StoredFile } from "./run-log.ts";

/** Up to here a blob is written without waiting: the system takes it into its cache at once. */
export const SMALL_BYTES = 64 * 1024;
/** Above it sharing blocks is tried, and a file is never whole in memory. */
export const LARGE_BYTES = 1024 ** 2;
/** From so many on, one sync of the whole file system takes less time than one of each file. */
const MANY = 64;
/** Syncs that run at once share the disk's commits; more than Node's threads would only wait. */
const SYNCS_AT_ONCE = 16;
/** So many are named before other work gets its turn: about a millisecond or two. */
const NAMES_A_TURN = 100;
const OPEN_OR_MAKE = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/** The folder of blobs that batches put theirs into. */
export interface BlobFolder {
  readonly directory: string;
  pathOf(id: BlobId): string;
  /** Makes the folder of a blob's file, or that of all. */
  makeFolder(id?: BlobId): Promise<void>;
  isDurable(id: BlobId): boolean;
  /** Tells that a name is durable. */
  remember(id: BlobId): void;
  /** Lets two files share blocks; false where the file system cannot. */
  share(from: string, to: string): Promise<boolean>;
  /** False where it cannot be done at once. */
  syncAll(): Promise<boolean>;
}

/**
 * Owns: blobs that are written and have no name yet. Invariants: 1. a file gets its name only when all its bytes
 * are on the disk; 2. `commit` resolves only when all names are, too; 3. `discard` leaves nothing behind.
 */
export class FileBlobBatch implements BlobBatch {
  readonly #folder: BlobFolder;
  readonly #writing = new Map<BlobId, Promise<void>>();
  /** Their files, by the names they are to have. */
  readonly #written = new Map<BlobId, string>();
  /** Those that had files already: whoever named them may have died before the names were durable. */
  readonly #found = new Set<BlobId>();

  constructor(folder: BlobFolder) {
    this.#folder = folder;
  }

  /** The bytes must not change until it resolves. */
  async put(bytes: Uint8Array): Promise<BlobId> {
    const id = blobName(bytes);
    if (this.#folder.isDurable(id) || this.#written.has(id) || this.#found.has(id)) return id;
    const writing = this.#writing.get(id) ?? this.#store(id, bytes).finally(() => this.#writing.delete(id));
    this.#writing.set(id, writing);
    await writing;
    return id;
  }

  async putFile(descriptor: number, signal?: AbortSignal): Promise<StoredFile> {
    const { size } = fstatSync(descriptor);
    if (size > LARGE_BYTES) return this.#storeLarge(descriptor, size, signal);
    const pieces: Buffer[] = [];
    for await (const piece of piecesOf(descriptor, size)) pieces.push(Buffer.from(piece));
    signal?.throwIfAborted();
    const bytes = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    return { id: await this.put(bytes), bytes: bytes.byteLength };
  }

  /** What is put meanwhile belongs to the next commit. */
  async commit(): Promise<void> {
    const written = [...this.#written];
    const named = [...this.#found, ...written.map(([id]) => id)];
    await stored(async () => {
      const files = written.map(([, temporary]) => temporary);
      if (files.length < MANY || !(await this.#folder.syncAll())) await each(files, syncFile);
      for (const [index, [id, temporary]] of written.entries()) {
        if (index % NAMES_A_TURN === NAMES_A_TURN - 1) await otherWork();
        renameSync(temporary, this.#folder.pathOf(id));
        this.#written.delete(id);
        this.#found.add(id);
      }
      const folders = [...new Set(named.map((id) => dirname(this.#folder.pathOf(id))))];
      if (folders.length < MANY || !(await this.#folder.syncAll())) await each(folders, syncFolder);
    });
    for (const id of named) {
      this.#folder.remember(id);
      this.#found.delete(id);
    }
  }

  discard(): void {
    for (const temporary of this.#written.values()) rmSync(temporary, { force: true });
    this.#written.clear();
  }

  async #store(id: BlobId, bytes: Uint8Array): Promise<void> {
    const known = await stored(async () => {
      await this.#folder.makeFolder(id);
      return exists(this.#folder.pathOf(id));
    });
    if (known) {
      this.#found.add(id);
      return;
    }
    await this.#write(this.#temporary(), async (descriptor) => {
      await stored(async () => {
        if (bytes.byteLength <= SMALL_BYTES) writeWhole(descriptor, bytes);
        else {
          await writeAt(descriptor, bytes, 0);
          await setLength(descriptor, bytes.byteLength);
        }
      });
      return id;
    });
  }

  /** Copies and hashes in one go, since what is copied must be what was hashed. */
  async #storeLarge(descriptor: number, size: number, signal?: AbortSignal): Promise<StoredFile> {
    let bytes = 0;
    await stored(() => this.#folder.makeFolder());
    const temporary = this.#temporary();
    const source = descriptorPath(descriptor);
    // Before it is opened: where blocks cannot be shared, trying to removes the file.
    const shared = source !== undefined && (await this.#folder.share(source, temporary));
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

  /** Makes a file by `write`, which tells the name that it is to have. */
  async #write(temporary: string, write: (descriptor: number) => Promise<BlobId>): Promise<BlobId> {
    try {
      const descriptor = await stored(() => openSync(temporary, OPEN_OR_MAKE, 0o600));
      let id: BlobId;
      try {
        // A file that shares blocks has the mode of its source.
        fchmodSync(descriptor, 0o600);
        id = await write(descriptor);
      } finally {
        closeSync(descriptor);
      }
      await stored(() => this.#folder.makeFolder(id));
      if (this.#folder.isDurable(id) || this.#written.has(id)) rmSync(temporary, { force: true });
      else this.#written.set(id, temporary);
      return id;
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  #temporary(): string {
    return join(this.#folder.directory, newTemporaryName());
  }
}

/** What the disk refuses becomes `log-disk`. */
async function stored<Value>(work: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw diskError("A blob cannot be stored", error);
  }
}

async function each(paths: readonly string[], work: (path: string) => Promise<void>): Promise<void> {
  const left = paths.values();
  const worker = async (): Promise<void> => {
    for (const path of left) await work(path);
  };
  await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, worker));
}

/** Also finds what went wrong with the bytes since they were written: the system tells whoever opens the file next. */
async function syncFile(path: string): Promise<void> {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    await syncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;) done += writeSync(descriptor, bytes, done);
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
