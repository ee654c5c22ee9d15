import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { describeError, UsageError } from "../../base/errors.ts";
import { isFileError } from "../../log/disk-error.ts";

/**
 * Makes sure that runs can be kept in a directory, before anything is begun: makes it where it is not there, one folder
 * at a time (some file systems let nobody make any, and say so oddly). Throws `UsageError` (`data-dir`).
 */
export function assertUsableDataDir(dataDir: string): void {
  const problem = problemOf(dataDir);
  if (problem === undefined) return;
  throw new UsageError("data-dir", `Runs cannot be kept in ${dataDir}: ${problem}.`, {
    hint: "Name another place with --data-dir or M1P_DATA_DIR; m1p doctor shows which one holds, and from where.",
  });
}

function problemOf(directory: string): string | undefined {
  try {
    const facts = statSync(directory, { throwIfNoEntry: false });
    if (facts === undefined) return made(directory);
    if (!facts.isDirectory()) return `${directory} is a file`;
    accessSync(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    if (isFileError(error, "ENOTDIR")) return "a part of its path is a file";
    if (isFileError(error, "EACCES", "EPERM")) return "you may not write there";
    if (isFileError(error, "EROFS")) return "it is on a disk that can only be read";
    return describeError(error);
  }
}

function made(directory: string): string | undefined {
  const above = path.dirname(directory);
  const problem = above === directory ? undefined : problemOf(above);
  if (problem !== undefined) return problem;
  try {
    mkdirSync(directory, { mode: 0o700 });
    return undefined;
  } catch (error) {
    // Another process may have been quicker.
    if (isFileError(error, "EEXIST")) return undefined;
    return `${directory} cannot be made there`;
  }
}
