import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { describeError, UsageError } from "../../base/errors.ts";
import type { TaskFile } from "../../events/task.ts";
import type { BlobStore } from "../../log/run-log.ts";
import { distinctFileName, safeFileName } from "../../tools/file-name.ts";

/** Above this a file is better named to the teams by a tool than copied to each. */
const LARGEST_FILE_BYTES = 1024 ** 3;

/** A file of the task that was read, before it has a place in the log. */
export interface ReadFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads the task's files. Throws `UsageError` (`file-unreadable`, `file-too-large`) before anything is begun. */
export async function readTaskFiles(paths: readonly string[]): Promise<readonly ReadFile[]> {
  const files: ReadFile[] = [];
  const taken = new Set<string>();
  for (const file of paths) {
    const bytes = await readOne(file);
    files.push({ name: distinctFileName(safeFileName(path.basename(file)), taken), bytes });
  }
  return files;
}

/** Puts the files into the run's blobs. */
export async function storeTaskFiles(files: readonly ReadFile[], blobs: BlobStore): Promise<TaskFile[]> {
  const stored: TaskFile[] = [];
  for (const { name, bytes } of files) stored.push({ name, blob: await blobs.put(bytes), bytes: bytes.byteLength });
  return stored;
}

async function readOne(file: string): Promise<Uint8Array> {
  try {
    const facts = await stat(file);
    if (facts.isDirectory()) {
      throw new UsageError("file-unreadable", `${file} is a folder, not a file.`, {
        hint: "A folder for the teams to work on is given as a whole: --workdir.",
      });
    }
    if (!facts.isFile()) throw new UsageError("file-unreadable", `${file} is no regular file.`);
    if (facts.size > LARGEST_FILE_BYTES) {
      throw new UsageError("file-too-large", `${file} has ${facts.size} bytes; a task's file may have at most 1 GiB.`, {
        hint: "Give the teams the part of it that the question needs.",
      });
    }
    return await readFile(file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const problem = problemWith(file, error);
    throw new UsageError("file-unreadable", problem, {
      ...(path.isAbsolute(file) ? {} : { hint: `Paths are looked for from ${process.cwd()}.` }),
      // What is said in our words needs the system's no more.
      ...(problem.includes(describeError(error)) ? { cause: error } : {}),
    });
  }
}

function problemWith(file: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (file === "") return "A file of the task has no name.";
  if (code === "ENOENT" || code === "ENOTDIR") return `There is no file ${file}.`;
  if (code === "EACCES") return `${file} cannot be read: you may not read it.`;
  if (code === "ELOOP") return `${file} cannot be read: its links lead in a circle.`;
  return `${file} cannot be read: ${describeError(error)}.`;
}
