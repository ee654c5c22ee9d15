import { constants } from "node:fs";
import { open, readlink, type FileHandle } from "node:fs/promises";
import { UsageError } from "../../base/errors.ts";
import { isWithin } from "../workspace/inside.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** A regular file of the workspace, open for reading. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** The file's size when it was opened. */
  readonly bytes: number;
}

/**
 * Opens a file of the workspace for as long as `work` lasts. The folder's contents are hostile: nothing
 * but a regular file inside is opened, and opening waits for nobody (a FIFO's writer, say). Throws
 * `UsageError` with a code `path-outside`, `file-missing`, `file-folder`, `file-special` or `file-unreadable`.
 */
export async function withFile<Value>(
  workspace: Workspace,
  given: string,
  work: (file: OpenFile) => Promise<Value>,
): Promise<Value> {
  const handle = await openInside(workspace, given);
  try {
    const facts = await handle.stat();
    if (facts.isDirectory()) throw new UsageError("file-folder", `${shown(given)} is a folder, not a file.`);
    if (!facts.isFile()) throw new UsageError("file-special", `${shown(given)} is not a regular file.`);
    return await work({ handle, bytes: facts.size });
  } finally {
    await handle.close();
  }
}

async function openInside(workspace: Workspace, given: string): Promise<FileHandle> {
  const handle = await openReal(workspace, given);
  try {
    // Between the look at the path and the opening, code that runs in the folder may have changed it.
    const opened = process.platform === "linux" ? await readlink(`/proc/self/fd/${handle.fd}`) : workspace.root;
    if (isWithin(workspace.root, opened)) return handle;
  } catch {
    // Then where it leads is unknown.
  }
  await handle.close();
  throw new UsageError("path-outside", `${shown(given)} is not a path inside the workspace.`);
}

async function openReal(workspace: Workspace, given: string): Promise<FileHandle> {
  try {
    const real = await workspace.resolveInside(given);
    return await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new UsageError("file-missing", `There is no file ${shown(given)}.`, { cause: error });
    }
    throw new UsageError("file-unreadable", `${shown(given)} cannot be opened (${String(code)}).`, { cause: error });
  }
}

/** A path as it may be put into a sentence, whatever it is made of. */
export function shown(given: string): string {
  return JSON.stringify(given.length > 200 ? `${given.slice(0, 200)}…` : given);
}
