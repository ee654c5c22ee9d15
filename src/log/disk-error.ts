import { M1Error, describeError } from "../base/errors.ts";

/** The disk (or the database on it) refused; `what` begins the sentence. */
export function diskError(what: string, cause: unknown): M1Error {
  return new M1Error("log-disk", `${what}: ${describeError(cause)}.`, {
    cause,
    hint: "See whether the disk is full, and whether the data directory is yours to write.",
  });
}

/** Whether an error is the system's, with one of these codes. */
export function isFileError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

export function isMissingFile(error: unknown): boolean {
  return isFileError(error, "ENOENT", "ENOTDIR");
}
