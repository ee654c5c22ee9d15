import { accessSync, constants, statSync } from "node:fs";
import { M1Error, UsageError } from "../base/errors.ts";
import { diskError, isFileError, isMissingFile } from "./disk-error.ts";

/**
 * Throws `run-unknown` where the log is not there, `log-forbidden` where this user may not read it or,
 * unless `readOnly`, write it. SQLite itself would fall back to reading, and fail at the first write.
 */
export function assertAccess(path: string, runId: string, readOnly: boolean): void {
  try {
    accessSync(path, readOnly ? constants.R_OK : constants.R_OK | constants.W_OK);
  } catch (error) {
    if (isMissingFile(error))
      throw new UsageError("run-unknown", `There is no log of run ${runId}: ${path} is missing.`, {
        hint: "`m1p runs` lists the runs of the data directory.",
      });
    if (isFileError(error, "EACCES", "EPERM")) throw forbidden(path, readOnly ? "read" : "write", error);
    throw diskError(`The log ${path} cannot be opened`, error);
  }
}

function forbidden(path: string, what: string, cause: unknown): M1Error {
  return new M1Error("log-forbidden", `The log ${path} is not yours to ${what}.`, {
    cause,
    hint: `${owner(path)} Run m1p as its owner, or give yourself the right.`,
  });
}

function owner(path: string): string {
  try {
    return `It belongs to user ${statSync(path).uid}, and you are ${process.getuid?.() ?? "another"}.`;
  } catch {
    return "Its folder is closed to you.";
  }
}
