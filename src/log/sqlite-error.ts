import { M1Error, describeError } from "../base/errors.ts";
import { diskError } from "./disk-error.ts";
import { StoreBusy } from "./group-commit.ts";

/** SQLite's result codes that mean more than "the disk refused" (https://sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** Any error of SQLite as ours; `what` begins the sentence. Other errors stay what they are. */
export function sqliteError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !("errcode" in error)) return error;
  // Extended codes carry the plain one in their low byte.
  const code = Number(error.errcode) & 0xff;
  if (code === BUSY || code === LOCKED) return new StoreBusy(error);
  if (code === CORRUPT || code === NOT_A_DATABASE)
    return new M1Error("log-damaged", `${what}, since the file is damaged: ${describeError(error)}.`, {
      cause: error,
      hint: "Restore the run's folder from a copy, or remove it.",
    });
  return diskError(what, error);
}
