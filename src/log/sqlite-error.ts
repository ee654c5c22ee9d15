import { M1Error, describeError } from "../base/errors.ts";
import { diskError } from "./disk-error.ts";
import { StoreBusy } from "./group-commit.ts";

/** SQLite's result codes that mean more than "the disk refused" (https://sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
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
  if (code === CORRUPT || code === NOT_A_DATABASE)
    return new M1Error("log-damaged", `${what}, since the file is damaged: ${describeError(error)}.`, {
      cause: error,
      hint: "Restore the run's folder from a copy, or remove it.",
    });
  return diskError(what, error);
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) : undefined;
}
