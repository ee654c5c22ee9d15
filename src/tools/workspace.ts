import { chmod, chown, mkdir, realpath, writeFile } from "node:fs/promises";
import path from "node:path";
import { M1Error, UsageError } from "../base/errors.ts";
import { distinctFileName, safeFileName } from "./file-name.ts";
import { sandboxUser, type SandboxUser } from "./sandbox/sandbox-user.ts";

/** Where a team's code sees its folder inside the sandbox; file tools understand such paths too. */
export const WORKSPACE_INSIDE = "/workspace";

/** A file to put into a workspace. */
export interface FileToPlace {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A file that was put there: its path relative to the workspace. */
export interface PlacedFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Owns: a team's plain folder on disk, and the way from a name to a path in it. Does not own: what the
 * team's code does there, snapshots.
 * Invariants: 1. the folder is for its owner only; 2. no path given by a team leads out of it, neither by
 * `..`, nor absolutely, nor through links; 3. what we put there belongs to the user its code runs as.
 */
export class Workspace {
  /** The folder's real path. */
  readonly root: string;
  /** Whom it belongs to, where that is another than we. */
  readonly owner: SandboxUser | undefined;
  readonly #names = new Set<string>();

  private constructor(root: string, owner: SandboxUser | undefined) {
    this.root = root;
    this.owner = owner;
  }

  /** Makes `workspaces/<team>` in the run's directory. Throws `workspace-failed` where the disk refuses. */
  static async create(options: { readonly runDirectory: string; readonly team: string }): Promise<Workspace> {
    const folder = path.join(options.runDirectory, "workspaces", safeFileName(options.team));
    try {
      await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const root = await realpath(folder);
      await chmod(root, 0o700);
      const owner = sandboxUser(root);
      if (owner) await chown(root, owner.uid, owner.gid);
      return new Workspace(root, owner);
    } catch (error) {
      throw new M1Error("workspace-failed", `The folder ${folder} of ${options.team} cannot be made.`, {
        hint: "Check that the data directory can be written and has room.",
        cause: error,
      });
    }
  }

  /** Writes files, each under a safe name of its own; names that differ only in what is unsafe get numbers. */
  async place(files: readonly FileToPlace[]): Promise<PlacedFile[]> {
    const placed: PlacedFile[] = [];
    for (const { name, bytes } of files) {
      const safe = distinctFileName(safeFileName(name), this.#names);
      const target = path.join(this.root, safe);
      await writeFile(target, bytes, { mode: 0o600, flag: "wx" });
      if (this.owner) await chown(target, this.owner.uid, this.owner.gid);
      placed.push({ path: safe, bytes: bytes.byteLength });
    }
    return placed;
  }

  /**
   * The real path of a file or folder that is there. Throws `UsageError` (`path-outside`) when the path
   * leads out of the workspace, and the system's error (`ENOENT`, …) when there is nothing.
   */
  async resolveInside(given: string): Promise<string> {
    if (given.includes("\0")) throw outside(given);
    const relative = path.posix.isAbsolute(given) ? this.#fromInside(given) : given;
    const wanted = path.resolve(this.root, relative);
    if (!isWithin(this.root, wanted)) throw outside(given);
    const real = await realpath(wanted);
    if (!isWithin(this.root, real)) throw outside(given);
    return real;
  }

  #fromInside(given: string): string {
    for (const root of [this.root, WORKSPACE_INSIDE]) {
      const relative = path.relative(root, given);
      if (isWithin(root, path.normalize(given))) return relative;
    }
    throw outside(given);
  }
}

/** Whether a path is a folder or lies in it; both must be absolute and normal. */
export function isWithin(folder: string, candidate: string): boolean {
  const relative = path.relative(folder, candidate);
  return relative === "" || (!path.isAbsolute(relative) && relative.split(path.sep)[0] !== "..");
}

function outside(given: string): UsageError {
  return new UsageError("path-outside", `${JSON.stringify(given)} is not a path inside the workspace.`, {
    hint: "Use a path relative to the workspace.",
  });
}
