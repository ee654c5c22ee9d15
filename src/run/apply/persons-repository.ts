import { M1Error, UsageError } from "../../base/errors.ts";
import { nameBytes, nameOfBytes, nameOfText } from "../../tools/workspace/entry-name.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";
import { quoted } from "./git-quoting.ts";
import type { Git } from "./git.ts";
import type { MergeEntry } from "./merge-input.ts";

/**
 * For git in the person's folder: no hook, no monitor, and a folder that only looks like a repository (a team may
 * have made one that was applied before) is none.
 */
const CAREFUL = [
  ...["-c", "safe.bareRepository=explicit"],
  ...["-c", "core.hooksPath=/dev/null"],
  ...["-c", "core.fsmonitor=false"],
  "--literal-pathspecs",
];

/** A version that is to be left in the index for the person to settle. */
export interface IndexedVersion {
  readonly path: EntryPath;
  readonly mode: string;
  readonly stage: 1 | 2 | 3;
  /** Its content, as a file. */
  readonly file: string;
}

/**
 * The git repository whose work tree the person's folder is, or lies in. Owns: where the folder lies in it. Does not
 * own: anything in the repository, which is the person's: it is asked, and its own commands change it.
 */
export class PersonsRepository {
  readonly #git: Git;
  readonly #folder: string;
  /** The topmost folder of the work tree. */
  readonly #top: string;
  /** The folder's path in the work tree: empty, or with a slash at its end. */
  readonly #prefix: string;

  private constructor(git: Git, places: { readonly folder: string; readonly top: string; readonly prefix: string }) {
    this.#git = git;
    this.#folder = places.folder;
    this.#top = places.top;
    this.#prefix = places.prefix;
  }

  /**
   * The repository of a folder; undefined where it lies in none. Throws `UsageError` (`git-refuses`) where git will
   * not work in it, for its owner's sake for example.
   */
  static async find(git: Git, folder: string): Promise<PersonsRepository | undefined> {
    const call = { directory: folder };
    const inside = await git.run([...CAREFUL, "rev-parse", "--is-inside-work-tree"], call);
    if (inside.code === 0) {
      if (inside.stdout.toString().trim() !== "true") return undefined;
      const said = async (what: string) => (await git.must([...CAREFUL, "rev-parse", what], call)).subarray(0, -1);
      const top = (await said("--show-toplevel")).toString();
      return new PersonsRepository(git, { folder, top, prefix: nameOfBytes(await said("--show-prefix")) });
    }
    if (/not a git repository|bareRepository|must be run in a work tree/i.test(inside.stderr)) return undefined;
    throw new UsageError("git-refuses", `git refuses to work in ${folder}: ${inside.stderr}`, {
      hint: "Do what git asks for there, and apply again.",
    });
  }

  /** Throws `UsageError` (`merge-unfinished`) where an earlier merge waits to be settled. */
  async assertSettled(): Promise<void> {
    const unmerged = await this.#must(["ls-files", "--unmerged", "-z"]);
    if (unmerged.length === 0) return;
    throw new UsageError("merge-unfinished", `There are conflicts in ${this.#folder} that wait to be resolved.`, {
      hint: "Resolve and commit them first; git status lists them.",
    });
  }

  /** Of the paths those whose content is not what the last commit has: it would be lost if it were overwritten. */
  async unsaved(paths: ReadonlyMap<EntryPath, MergeEntry | undefined>): Promise<EntryPath[]> {
    const committed = await this.#committed();
    const hashes = await this.#hashes(paths);
    return [...paths].flatMap(([path, entry]) => {
      const there = committed.get(path);
      if (!entry) return there ? [path] : [];
      const same = there !== undefined && there.mode === modeOf(entry) && there.object === hashes.get(path);
      return same ? [] : [path];
    });
  }

  /** Leaves versions in the index as an unfinished merge does. Paths of repositories within stay out of it. */
  async leaveUnmerged(versions: readonly IndexedVersion[]): Promise<void> {
    const within = await this.#repositoriesWithin();
    const ours = versions.filter(({ path }) => !within.some((folder) => path.startsWith(`${folder}/`)));
    if (ours.length === 0) return;
    const files = Buffer.from(ours.map(({ file }) => `${quoted(nameOfText(file))}\n`).join(""));
    const hashing = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
    const objects = (await this.#must(hashing, [files])).toString().trim().split("\n");
    const none = "0".repeat(objects[0]?.length ?? 40);
    const lines = [...new Set(ours.map(({ path }) => path))].map((path) => `0 ${none}\t${this.#prefix}${path}\0`);
    for (const [index, { path, mode, stage }] of ours.entries()) {
      lines.push(`${mode} ${objects[index] ?? none} ${stage}\t${this.#prefix}${path}\0`);
    }
    await this.#must(["update-index", "-z", "--index-info"], [nameBytes(lines.join(""))]);
  }

  /** What the last commit has in this folder; nothing before the first one. */
  async #committed(): Promise<Map<EntryPath, { readonly mode: string; readonly object: string }>> {
    const committed = new Map<EntryPath, { readonly mode: string; readonly object: string }>();
    const head = await this.#git.run([...CAREFUL, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
      directory: this.#folder,
    });
    if (head.code !== 0) return committed;
    const listed = nameOfBytes(await this.#must(["ls-tree", "-r", "-z", "HEAD"]));
    for (const line of listed.split("\0")) {
      const [, mode = "", object = "", path = ""] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      if (path !== "") committed.set(path, { mode, object });
    }
    return committed;
  }

  /** The names that git would give to what is there, line ends and filters as the person has them. */
  async #hashes(paths: ReadonlyMap<EntryPath, MergeEntry | undefined>): Promise<Map<EntryPath, string>> {
    const hashes = new Map<EntryPath, string>();
    const files: EntryPath[] = [];
    for (const [path, entry] of paths) {
      if (entry?.kind === "file") files.push(path);
      if (entry?.kind !== "link") continue;
      const hashed = await this.#must(["hash-object", "--no-filters", "--stdin"], [nameBytes(entry.target)]);
      hashes.set(path, hashed.toString().trim());
    }
    if (files.length === 0) return hashes;
    const input = [nameBytes(files.map((path) => `${quoted(this.#prefix + path)}\n`).join(""))];
    const hashing = [...CAREFUL, "hash-object", "--stdin-paths"];
    const hashed = await this.#git.must(hashing, { directory: this.#top, input });
    const objects = hashed.toString().trim().split("\n");
    if (objects.length !== files.length) throw new M1Error("git-failed", "git hash-object left files out.");
    for (const [index, path] of files.entries()) hashes.set(path, objects[index] ?? "");
    return hashes;
  }

  async #repositoriesWithin(): Promise<EntryPath[]> {
    const listed = nameOfBytes(await this.#must(["ls-files", "--stage", "-z"]));
    return listed.split("\0").flatMap((line) => {
      const [, path] = /^160000 [0-9a-f]+ \d\t(.*)$/s.exec(line) ?? [];
      return path === undefined ? [] : [path];
    });
  }

  #must(args: readonly string[], input?: readonly Uint8Array[]): Promise<Buffer> {
    return this.#git.must([...CAREFUL, ...args], { directory: this.#folder, ...(input ? { input } : {}) });
  }
}

function modeOf(entry: MergeEntry): string {
  if (entry.kind === "link") return "120000";
  return entry.executable ? "100755" : "100644";
}
