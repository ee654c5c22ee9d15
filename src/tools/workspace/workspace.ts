import { chmodSync } from "node:fs";
import { chmod, chown, lstat, mkdir, readdir, realpath, writeFile } from "node:fs/promises";
import path from "node:path";
import { M1Error, UsageError } from "../../base/errors.ts";
import type { BlobStore } from "../../log/run-log.ts";
import { distinctFileName, safeFileName } from "../file-name.ts";
import { sandboxUser, type SandboxUser } from "../sandbox/sandbox-user.ts";
import { diffSnapshots, type SnapshotChange } from "./diff-snapshots.ts";
import { giveFolder } from "./give-folder.ts";
import { isWithin, WORKSPACE_INSIDE } from "./inside.ts";
import type { SnapshotId } from "./manifest.ts";
import { OpenFolder, timeOf } from "./open-folder.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";
import type { FolderNode } from "./snapshot-tree.ts";
import { takeSnapshot, type Snapshot } from "./take-snapshot.ts";

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

/** How a folder came to be what it is now. */
export interface WorkspaceChanges {
  /** What it is now. */
  readonly id: SnapshotId;
  readonly changes: AsyncIterable<SnapshotChange>;
}

/** Whose folder it is. */
export interface WorkspaceOptions {
  readonly runDirectory: string;
  readonly team: string;
}

/**
 * Owns: a team's plain folder on disk, the way from a name to a path in it, and what is known of it since its last
 * snapshot. Does not own: what the team's code does there, the blobs that snapshots are kept in.
 * Invariants: 1. the folder is for its owner only; 2. no path given by a team leads out of it, neither by
 * `..`, nor absolutely, nor through links; 3. what we put there belongs to the user its code runs as; 4. one
 * snapshot or restore at a time, and none while the team's code runs.
 */
export class Workspace {
  /** The folder's real path. */
  readonly root: string;
  /**
   * Whom it belongs to, where that is another than we.
   * @internal
   */
  readonly owner: SandboxUser | undefined;
  #names: Set<string> | undefined;
  /** The folder as it was at the last snapshot or restore, and the store that has all of it. */
  #known: { readonly tree: FolderNode; readonly blobs: BlobStore } | undefined;

  private constructor(root: string, owner: SandboxUser | undefined) {
    this.root = root;
    this.owner = owner;
  }

  /**
   * Makes `workspaces/<team>` in the run's directory. Throws `workspace-failed` where the disk refuses.
   * @internal
   */
  static async create(options: WorkspaceOptions): Promise<Workspace> {
    const folder = folderOf(options);
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

  /**
   * The folder of a team that worked before, with what is in it; made anew where it is gone. The sandbox's user is
   * drawn from the folder's path: where the data directory was moved, all is given to the user of its new place.
   * @internal
   */
  static async open(options: WorkspaceOptions): Promise<Workspace> {
    const folder = folderOf(options);
    const facts = await lstat(folder).catch(() => undefined);
    if (!facts?.isDirectory()) return Workspace.create(options);
    try {
      const root = await realpath(folder);
      const owner = sandboxUser(root);
      await chmod(root, 0o700);
      if (owner && (facts.uid !== owner.uid || facts.gid !== owner.gid)) await giveFolder(root, owner);
      return new Workspace(root, owner);
    } catch (error) {
      throw new M1Error("workspace-failed", `The folder ${folder} of ${options.team} cannot be opened.`, {
        hint: "Check that the data directory belongs to you, and that it can be written.",
        cause: error,
      });
    }
  }

  /**
   * Keeps what is in the folder. What changed since the last snapshot or restore is read, the rest is looked at.
   * Every blob is durable when it resolves, so an event may then name it (L4). Throws `log-disk`, and
   * `workspace-failed` where the folder cannot be read; on abort it rejects with the signal's reason.
   * @internal
   */
  async snapshot(blobs: BlobStore, options: { readonly signal?: AbortSignal } = {}): Promise<Snapshot> {
    const known = this.#known?.blobs === blobs ? this.#known.tree : undefined;
    const folder = this.#unlock();
    try {
      const now = () => timeOf(folder);
      const { snapshot, tree } = await takeSnapshot({ root: this.root, blobs, known, now, ...options });
      this.#known = { tree, blobs };
      return snapshot;
    } finally {
      folder.close();
    }
  }

  /**
   * What has changed since the last snapshot or restore, and the state that it is now, which is kept. Undefined
   * where there was none. Throws as `snapshot` does.
   * @internal
   */
  async changes(options: { readonly signal?: AbortSignal } = {}): Promise<WorkspaceChanges | undefined> {
    const { blobs, tree } = this.#known ?? {};
    if (blobs === undefined || tree?.manifest === undefined) return undefined;
    const { id } = await this.snapshot(blobs, options);
    return { id, changes: diffSnapshots(blobs, tree.manifest, id) };
  }

  /**
   * Makes the folder exactly what it was in a snapshot, touching only what differs. Cut off anywhere, it is done
   * again. Throws `blob-missing`, `blob-damaged`, `snapshot-damaged`, and the system's error where the disk refuses.
   * @internal
   */
  async restore(blobs: BlobStore, id: SnapshotId, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#unlock().close();
    const { root, owner } = this;
    const known = this.#known?.tree;
    const tree = await restoreSnapshot({ root, owner, blobs, snapshot: id, known, ...options });
    this.#known = { tree, blobs };
    this.#names = undefined;
  }

  /**
   * Writes files, each under a safe name of its own; names that differ only in what is unsafe get numbers.
   * @internal
   */
  async place(files: readonly FileToPlace[]): Promise<PlacedFile[]> {
    this.#names ??= new Set((await readdir(this.root)).map((name) => name.toLowerCase()));
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

  /** Opens the folder for us, whatever mode the team's code gave it. */
  #unlock(): OpenFolder {
    try {
      chmodSync(this.root, 0o700);
      return OpenFolder.open(this.root);
    } catch (error) {
      throw new M1Error("workspace-failed", `The folder ${this.root} cannot be entered.`, {
        hint: "Check that it is there and belongs to you.",
        cause: error,
      });
    }
  }
}

function folderOf({ runDirectory, team }: WorkspaceOptions): string {
  return path.join(runDirectory, "workspaces", safeFileName(team));
}

function outside(given: string): UsageError {
  return new UsageError("path-outside", `${JSON.stringify(given)} is not a path inside the workspace.`, {
    hint: "Use a path relative to the workspace.",
  });
}
