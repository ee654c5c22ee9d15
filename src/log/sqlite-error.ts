import { M1Error, describeError } from "../base/errors.ts";
import { diskError, isFileError } from "./disk-error.ts";
import { StoreBusy } from "./group-commit.ts";

/** SQLite's result codes that mean more than "the disk refused" (https://sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
/**
 * Our statements are right, so an error in one is a schema that is not ours any more; what is too big or of a wrong
 * type is no row of ours.
 */
const DAMAGED: ReadonlySet<number> = new Set([1, 11, 18, 20, 24, 26]);
/** Of input and output: the file ends too early; the file system, or a page's checksum, is wrong. */
const DAMAGED_BELOW: ReadonlySet<number> = new Set([10 | (2 << 8), 10 | (32 << 8), 10 | (33 << 8)]);
const READ_ONLY = 8;
const CANNOT_OPEN = 14;
/** The index of the write-ahead file (`-shm`) cannot be made: its size, its opening, its mapping. */
const INDEX_REFUSED: ReadonlySet<number> = new Set([10 | (18 << 8), 10 | (19 << 8), 10 | (21 << 8)]);

/** Whether SQLite could not read for want of a place to write. */
export function isUnwritable(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return false;
  return [READ_ONLY, CANNOT_OPEN].includes(code & 0xff) || INDEX_REFUSED.has(code);
}

/** Any error of SQLite as ours; `what` begins the sentence. Other errors stay what they are. */
export function sqliteError(error: unknown, what: string): unknown {
  const extended = codeOf(error);
  if (extended === undefined) return error;
  // Extended codes carry the plain one in their low byte.
  const code = extended & 0xff;
  if (code === BUSY || code === LOCKED) return new StoreBusy(error);
  if (DAMAGED.has(code) || DAMAGED_BELOW.has(extended)) return damaged(what, error);
  // SQLite's own words for this are "disk I/O error".
  const noIndex = INDEX_REFUSED.has(extended) && "no room, or no right, for its index (log.db-shm) beside it";
  return diskError(what, noIndex ? new M1Error("log-disk", noIndex, { cause: error }) : error);
}

/**
 * Any error of opening or reading a log as ours. What SQLite hands over unsuspecting and Node cannot take (a number out
 * of range, say) is damage.
 */
export function readingError(error: unknown, what: string): M1Error {
  const ours = sqliteError(error, what);
  if (ours instanceof M1Error) return ours;
  return isFileError(error, "ERR_OUT_OF_RANGE") || error instanceof TypeError
    ? damaged(what, error)
    : diskError(what, error);
}

function damaged(what: string, cause: unknown): M1Error {
  return new M1Error("log-damaged", `${what}, since the file is damaged: ${describeError(cause)}.`, {
    cause,
    hint: "Restore the run's folder from a copy, or remove it.",
  });
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) : undefined;
}
