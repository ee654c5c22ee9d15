import { closeSync, constants, fsync, ftruncate, openSync, read, write } from "node:fs";
import { copyFile } from "node:fs/promises";

/** So much is in memory of a file that is read or written in pieces. */
const PIECE_BYTES = 1024 ** 2;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/**
 * The contents of an open file from its beginning, in pieces, at most `limit` bytes. A piece is good until the
 * next one is asked for. Rejects with the system's error.
 */
export async function* piecesOf(descriptor: number, limit = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(limit, 1)));
  for (let position = 0; position < limit;) {
    const count = await readAt(descriptor, buffer.subarray(0, Math.min(buffer.length, limit - position)), position);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    position += count;
  }
}

/** Writes all the bytes at a place of an open file. Zeros leave a hole, so that a sparse file stays one. */
export async function writeAt(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  if (bytes.byteLength <= PIECE_BYTES && ZEROS.subarray(0, bytes.byteLength).equals(bytes)) return;
  for (let done = 0; done < bytes.byteLength;) {
    done += await writeSome(descriptor, bytes.subarray(done), position + done);
  }
}

/** Gives an open file its length: what `writeAt` left out at the end is then zeros. */
export function setLength(descriptor: number, bytes: number): Promise<void> {
  return settled((done) => ftruncate(descriptor, bytes, done));
}

/** Resolves when what was written to an open file, or the names in an open folder, are on the disk. */
export function syncDescriptor(descriptor: number): Promise<void> {
  return settled((done) => fsync(descriptor, done));
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const descriptor = openSync(path, "r");
  try {
    await syncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Lets `to` share the blocks of `from` where the file system can (reflink), and says whether it did; both are
 * paths. Nothing is copied otherwise.
 */
export function shareBlocks(from: string, to: string): Promise<boolean> {
  return copyFile(from, to, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

/** An open file as a path, where the system has such paths: then nobody can put something else in its place. */
export function descriptorPath(descriptor: number): string | undefined {
  return process.platform === "linux" ? `/proc/self/fd/${descriptor}` : undefined;
}

function readAt(descriptor: number, buffer: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.byteLength, position, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

function writeSome(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.byteLength, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

function settled(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}
