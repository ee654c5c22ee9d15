import { closeSync, fsyncSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { syncFolder } from "../../base/descriptor-io.ts";
import { M1Error } from "../../base/errors.ts";
import { newTemporaryName } from "../../base/ids.ts";
import { nameOfStored, storedNameSchema, storeName } from "../../tools/workspace/entry-name.ts";

const name = storedNameSchema.transform(nameOfStored);

/** What is at a path, as far as git knows it. `content` names a file beside the journal that holds it. */
const stateSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("file"), executable: z.boolean(), sha256: z.string(), content: z.string() }),
  z.object({ kind: z.literal("link"), target: name }),
]);
export type JournalState = z.infer<typeof stateSchema>;

const changeSchema = z.object({ path: name, before: stateSchema.optional(), after: stateSchema.optional() });
export type JournalChange = z.infer<typeof changeSchema>;

const conflictSchema = z.object({
  path: name,
  kind: z.enum(["both-changed", "both-added", "removed-by-team", "removed-by-you", "other"]),
  /** What was done and what is left to do, in a sentence. */
  sentence: z.string(),
  /** The versions for the index, where there is one. */
  versions: z.array(z.object({ stage: z.literal([1, 2, 3]), mode: z.string(), content: z.string() })),
});
export type JournalConflict = z.infer<typeof conflictSchema>;

const journalSchema = z.object({
  version: z.literal(1),
  folder: z.string(),
  team: z.string(),
  /** A name for temporary files that nobody else uses. */
  temporary: z.string(),
  /** Removals first. */
  changes: z.array(changeSchema),
  foldersAdded: z.array(name),
  foldersRemoved: z.array(name),
  conflicts: z.array(conflictSchema),
  gitPaths: z.number(),
});
export type Journal = z.infer<typeof journalSchema>;

const FILE = "journal.json";

/**
 * Writes down what is about to be done in a person's folder, contents beside it: from now on an apply that is cut
 * off is finished by the next one.
 */
export async function writeJournal(directory: string, journal: Journal): Promise<void> {
  const temporary = path.join(directory, newTemporaryName());
  const descriptor = openSync(temporary, "wx", 0o600);
  try {
    const bytes = Buffer.from(JSON.stringify(journal, storeNames));
    for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path.join(directory, FILE));
  await syncFolder(directory);
}

/** What an apply that was cut off had begun; undefined where there is none. Throws `journal-damaged`. */
export function readJournal(directory: string): Journal | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(directory, FILE), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const parsed = journalSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new M1Error("journal-damaged", `What an unfinished apply wrote down in ${directory} cannot be read.`, {
    hint: "Look at the folder it was for, then remove this one, and apply again.",
    cause: parsed.error,
  });
}

/** Forgets it, before the contents that it names go. */
export function removeJournal(directory: string): void {
  unlinkSync(path.join(directory, FILE));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Paths and link targets are bytes: stored as in manifests. */
function storeNames(key: string, value: unknown): unknown {
  if ((key === "path" || key === "target") && typeof value === "string") return storeName(value);
  if ((key === "foldersAdded" || key === "foldersRemoved") && Array.isArray(value)) {
    return value.map((each: unknown) => storeName(String(each)));
  }
  return value;
}
