import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { isMissingFile } from "../../log/disk-error.ts";
import { describeError, UsageError } from "../../base/errors.ts";
import type { BlobStore } from "../../log/run-log.ts";
import { isWithin } from "./inside.ts";
import { takeSnapshot, type Snapshot } from "./take-snapshot.ts";

export interface ImportOptions {
  /** A person's folder, however it is written. */
  readonly folder: string;
  /** Where runs are kept: the folder must not contain it, nor lie in it. */
  readonly dataDirectory: string;
  readonly blobs: BlobStore;
  readonly signal?: AbortSignal | undefined;
}

/** A person's folder, as it was. */
export interface ImportedFolder {
  /** Its real path. */
  readonly path: string;
  readonly snapshot: Snapshot;
}

/**
 * Keeps all that is in a person's folder (also what is hidden or ignored, `.git`, empty folders; links as links)
 * as a snapshot, from which each team's folder is then made by `restore`: it is read once for any number of teams,
 * and all start from the same. Nothing in it is changed. Throws `UsageError` (`workdir-missing`, `workdir-no-folder`,
 * `workdir-overlaps`, `workdir-unreadable`).
 */
export async function importFolder(options: ImportOptions): Promise<ImportedFolder> {
  const folder = await apartFolder(options.folder, options.dataDirectory);
  const unreadable = (entry: string, cause: unknown): UsageError =>
    new UsageError("workdir-unreadable", `${path.join(folder, entry)} cannot be read: ${describeError(cause)}.`, {
      hint: "Make it readable, or give the teams a folder without it.",
      cause,
    });
  const { blobs, signal } = options;
  const { snapshot } = await takeSnapshot({ root: folder, blobs, signal, unreadable });
  return { path: folder, snapshot };
}

/**
 * The real path of a person's folder, apart from the runs: one with the runs in it would be copied into itself, one
 * in theirs would be a team's own. Throws `UsageError` (`workdir-missing`, `workdir-no-folder`, `workdir-overlaps`).
 */
export async function apartFolder(given: string, dataDirectory: string): Promise<string> {
  const folder = await realFolder(given);
  const data = await realOfMissing(path.resolve(dataDirectory));
  if (!isWithin(folder, data) && !isWithin(data, folder)) return folder;
  const how = isWithin(folder, data) ? "contains" : "lies in";
  throw new UsageError("workdir-overlaps", `${given} ${how} the data directory ${dataDirectory}.`, {
    hint: "Take another folder, or keep runs elsewhere: --data-dir.",
  });
}

async function realFolder(given: string): Promise<string> {
  let folder: string;
  let facts;
  try {
    folder = await realpath(given);
    facts = await stat(folder);
  } catch (error) {
    if (isMissingFile(error)) throw new UsageError("workdir-missing", `There is no folder ${given}.`);
    throw new UsageError("workdir-missing", `${given} cannot be entered: ${describeError(error)}.`, { cause: error });
  }
  if (!facts.isDirectory()) throw new UsageError("workdir-no-folder", `${given} is not a folder.`);
  return folder;
}

/** The real path that a path will have once it is made. */
async function realOfMissing(place: string): Promise<string> {
  try {
    return await realpath(place);
  } catch (error) {
    const above = path.dirname(place);
    if (above === place) throw error;
    return path.join(await realOfMissing(above), path.basename(place));
  }
}
