import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { M1Error } from "../../base/errors.ts";
import type { BlobId } from "../../log/run-log.ts";
import { nameBytes, nameOfBytes } from "../../tools/workspace/entry-name.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";
import { quoted } from "./git-quoting.ts";
import type { Git } from "./git.ts";
import type { MergeEntry, MergePath } from "./merge-input.ts";
import { parseMergeOutput, type MergeOutput } from "./merge-output.ts";

/** Where a file's bytes come from: a blob of the run, or the person's folder. */
export type ContentSource = (path: EntryPath, entry: MergeEntry & { kind: "file" }) => AsyncIterable<Uint8Array>;

export interface MergeSides {
  readonly paths: ReadonlyMap<EntryPath, MergePath>;
  readonly yours: ContentSource;
  readonly blobs: (blob: BlobId) => AsyncIterable<Uint8Array>;
  /** What the team's side is called in conflict markers; the other is `yours`. */
  readonly team: string;
}

/** A path that the merge would change in the person's folder. */
export interface MergedPath {
  readonly path: EntryPath;
  /** Undefined: it is removed. */
  readonly after: { readonly mode: string; readonly object: string } | undefined;
}

export interface Merge extends MergeOutput {
  readonly changes: readonly MergedPath[];
}

/** An object of the repository as a file of its own. */
export interface ExtractedObject {
  readonly file: string;
  readonly sha256: string;
}

const ENTRY_MODES = { file: "100644", executable: "100755", link: "120000" };
export const LINK_MODE = ENTRY_MODES.link;

/**
 * Owns: a bare repository of ours, made for one merge: no template, so no hooks; no configuration but what is said
 * here; attributes that no file of a tree overrides. Nothing of it comes from a workspace but contents and paths.
 */
export class MergeRepository {
  readonly #git: Git;
  readonly #directory: string;

  private constructor(git: Git, directory: string) {
    this.#git = git;
    this.#directory = directory;
  }

  /** In a folder that is not there yet. */
  static async create(git: Git, directory: string): Promise<MergeRepository> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const isolated = git.isolated();
    await isolated.must(["init", "--quiet", "--bare", "--template=", "."], { directory });
    const repository = new MergeRepository(isolated, directory);
    await mkdir(path.join(directory, "info"), { recursive: true, mode: 0o700 });
    const attributes = openSync(path.join(directory, "info/attributes"), "wx", 0o600);
    // Of all places for attributes this one goes first: what the trees' own files say of merging is not heard.
    writeSync(attributes, "* !merge !conflict-marker-size !text !eol !working-tree-encoding !filter !ident !diff\n");
    closeSync(attributes);
    return repository;
  }

  /** Merges the three folders. Throws `git-failed`, and what the sources throw. */
  async merge(sides: MergeSides): Promise<Merge> {
    const importer = [...SETTINGS, "fast-import", "--quiet", "--force", "--date-format=raw"];
    await this.#git.must(importer, { directory: this.#directory, input: importStream(sides) });
    const merging = [...SETTINGS, "merge-tree", "--write-tree", "-z", "--messages", "yours", sides.team];
    const { code, stdout, stderr } = await this.#git.run(merging, { directory: this.#directory });
    if (code > 1) throw new M1Error("git-failed", `git merge-tree failed: ${stderr}.`);
    const output = parseMergeOutput(stdout);
    const listed = await this.#run(["diff-tree", "-r", "-z", "--raw", "--no-renames", "yours^{tree}", output.tree]);
    return { ...output, changes: parseChanges(listed) };
  }

  /** Writes objects into files of a folder, named by the objects. */
  async extract(objects: Iterable<string>, folder: string): Promise<Map<string, ExtractedObject>> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const wanted = [...new Set(objects)];
    const reader = new ObjectReader(folder);
    const input = wanted.map((object) => Buffer.from(`${object}\n`));
    const onOutput = (piece: Buffer): void => reader.take(piece);
    try {
      await this.#git.must([...SETTINGS, "cat-file", "--batch"], { directory: this.#directory, input, onOutput });
    } finally {
      reader.close();
    }
    return reader.extracted;
  }

  #run(args: readonly string[]): Promise<Buffer> {
    return this.#git.must([...SETTINGS, ...args], { directory: this.#directory });
  }
}

/** Given with every command: the repository has no configuration but what `init` writes. */
const SETTINGS = Object.entries({
  // Names like .git are refused by us, by a wider rule; git's would end the whole import.
  "core.protectNTFS": "false",
  "core.protectHFS": "false",
  "core.attributesFile": "/dev/null",
  // Only what changed is in the trees: whether all of a folder was renamed cannot be seen.
  "merge.directoryRenames": "false",
  "merge.renameLimit": "2000",
}).flatMap(([name, value]) => ["-c", `${name}=${value}`]);

async function* importStream(sides: MergeSides): AsyncGenerator<Uint8Array> {
  const marks = new Map<string, number>();
  const commits: Buffer[] = [];
  for (const side of ["base", "yours", "theirs"] as const) {
    const branch = side === "theirs" ? sides.team : side;
    commits.push(Buffer.from(`commit refs/heads/${branch}\ncommitter m1p <m1p@localhost> 0 +0000\ndata 0\n`));
    if (side !== "base") commits.push(Buffer.from("from refs/heads/base\n"));
    commits.push(Buffer.from("deleteall\n"));
    for (const [path, { [side]: entry }] of sides.paths) {
      if (!entry) continue;
      const key = entry.kind === "file" ? `file ${entry.blob}` : `link ${entry.target}`;
      let mark = marks.get(key);
      if (mark === undefined) {
        mark = marks.size + 1;
        marks.set(key, mark);
        yield* blobCommand(mark, entry, contentOf(sides, side, path, entry));
      }
      commits.push(Buffer.from(`M ${modeOf(entry)} :${mark} ${quoted(path)}\n`));
    }
    commits.push(Buffer.from("\n"));
  }
  yield* commits;
}

async function* blobCommand(
  mark: number,
  entry: MergeEntry,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const bytes = entry.kind === "file" ? entry.bytes : entry.target.length;
  yield Buffer.from(`blob\nmark :${mark}\ndata ${bytes}\n`);
  yield* content;
  yield Buffer.from("\n");
}

async function* contentOf(
  { blobs, yours }: MergeSides,
  side: keyof MergePath,
  path: EntryPath,
  entry: MergeEntry,
): AsyncGenerator<Uint8Array> {
  if (entry.kind === "link") yield nameBytes(entry.target);
  else yield* side === "yours" ? yours(path, entry) : blobs(entry.blob);
}

function modeOf(entry: MergeEntry): string {
  if (entry.kind === "link") return ENTRY_MODES.link;
  return entry.executable ? ENTRY_MODES.executable : ENTRY_MODES.file;
}

function parseChanges(output: Buffer): MergedPath[] {
  const fields = nameOfBytes(output).split("\0");
  const changes: MergedPath[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode = "", , object = ""] = (fields[index] ?? "").split(" ");
    const path = fields[index + 1] ?? "";
    changes.push({ path, after: mode === "000000" ? undefined : { mode, object } });
  }
  return changes;
}

/** Cuts what `git cat-file --batch` prints into a file for each object. */
class ObjectReader {
  readonly extracted = new Map<string, ExtractedObject>();
  readonly #folder: string;
  #head = Buffer.alloc(0);
  #open:
    { readonly object: string; readonly descriptor: number; readonly hash: ReturnType<typeof createHash> } | undefined;
  #left = 0;
  /** The line's end after an object's content. */
  #trailing = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  take(piece: Buffer): void {
    let rest = piece;
    while (rest.length > 0) {
      if (this.#open) rest = this.#content(rest);
      else if (this.#trailing) {
        this.#trailing = false;
        rest = rest.subarray(1);
      } else rest = this.#header(rest);
    }
  }

  close(): void {
    if (this.#open) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #header(piece: Buffer): Buffer {
    const end = piece.indexOf("\n");
    this.#head = Buffer.concat([this.#head, end === -1 ? piece : piece.subarray(0, end)]);
    if (end === -1) return Buffer.alloc(0);
    const [object = "", type, size = ""] = this.#head.toString().split(" ");
    this.#head = Buffer.alloc(0);
    if (type !== "blob") throw new M1Error("git-failed", `git has no object ${object} that it named itself.`);
    const descriptor = openSync(path.join(this.#folder, object), "w", 0o600);
    this.#open = { object, descriptor, hash: createHash("sha256") };
    this.#left = Number(size);
    if (this.#left === 0) this.#finish();
    return piece.subarray(end + 1);
  }

  #content(piece: Buffer): Buffer {
    const part = piece.subarray(0, this.#left);
    if (this.#open) {
      for (let done = 0; done < part.length;) done += writeSync(this.#open.descriptor, part, done);
      this.#open.hash.update(part);
    }
    this.#left -= part.length;
    if (this.#left === 0) this.#finish();
    return piece.subarray(part.length);
  }

  #finish(): void {
    if (!this.#open) return;
    const { object, hash } = this.#open;
    this.extracted.set(object, { file: object, sha256: hash.digest("hex") });
    this.close();
    this.#trailing = true;
  }
}
