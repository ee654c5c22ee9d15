import { closeSync, fchmodSync, fstatSync, type BigIntStats } from "node:fs";
import { BoundedTasks } from "../../base/bounded-tasks.ts";
import { M1Error } from "../../base/errors.ts";
import { blobName } from "../../log/blob-name.ts";
import type { BlobBatch, BlobId, BlobStore } from "../../log/run-log.ts";
import { nameText, type EntryName } from "./entry-name.ts";
import { FolderChain } from "./folder-chain.ts";
import { ENTRIES_A_TURN, isAlmighty, isRefused, timeAfter, tooDeep, unlessGone } from "./hostile-walk.ts";
import { otherWork } from "../../base/event-loop.ts";
import { manifestBlobs, type SnapshotId } from "./manifest.ts";
import { withOpenFile } from "./open-file-task.ts";
import { FOLDER_RIGHTS, OpenFolder } from "./open-folder.ts";
import { modeOf, sameNode, stampOf, type FileNode, type FolderNode, type LinkNode } from "./snapshot-tree.ts";

/** What a folder held. */
export interface Snapshot {
  readonly id: SnapshotId;
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  /** What cannot be kept, and is not: how many, and the first ones by path and kind. */
  readonly leftOut: { readonly count: number; readonly first: readonly LeftOut[] };
}

export interface LeftOut {
  readonly path: string;
  /** `changing`: something else was put in its place while it was looked at. */
  readonly kind: "socket" | "fifo" | "device" | "changing";
}

export interface SnapshotOptions {
  /** The folder's real path. */
  readonly root: string;
  readonly blobs: BlobStore;
  /** The tree of an earlier snapshot of this folder, all of whose blobs are in `blobs`. */
  readonly known?: FolderNode | undefined;
  /**
   * The time by the folder's file system, in nanoseconds; what changes from now on is dated no earlier. Given
   * where files are to be known again unread next time.
   */
  readonly now?: () => bigint;
  /** What cannot be read is made readable for the moment; else it throws what `unreadable` makes of it. */
  readonly unreadable?: (path: string, cause: unknown) => Error;
  readonly signal?: AbortSignal | undefined;
}

/** Files that are read and stored at once: enough to share the disk's commits, and some 16 MiB of memory. */
const AT_ONCE = 16;
const MOST_NAMED = 20;
/** For a larger file it is worth to wait for the file system's clock to tick (4 to 10 ms), else it is read twice. */
const LARGE_BYTES = 1024 ** 2;
/**
 * Keeps what is in a folder. Every blob is durable when it resolves (L4), so an event may then name it. The
 * contents are hostile: no link is followed, and what vanishes meanwhile is not in the snapshot.
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<{ snapshot: Snapshot; tree: FolderNode }> {
  const top = OpenFolder.open(options.root);
  const taker = new SnapshotTaker(options, top);
  try {
    return await taker.take();
  } finally {
    await taker.end();
    top.close();
  }
}

interface Frame {
  readonly name: EntryName;
  readonly node: FolderNode;
  readonly known: FolderNode | undefined;
  readonly names: readonly EntryName[];
  next: number;
  /** The folder's mode, where it was changed so that it can be read. */
  readonly putBack: number | undefined;
}

/**
 * Owns: one walk over a folder, with the folders that are open in it, and the blobs it stores together. Does not own:
 * the topmost folder, the blob store. Invariants: 1. a folder's manifest is made after all that is in it is stored; 2.
 * names keep the order in which they were met; 3. after `end` nothing runs, and what was made readable is as before.
 */
class SnapshotTaker {
  readonly #options: SnapshotOptions;
  readonly #batch: BlobBatch;
  readonly #chain: FolderChain;
  readonly #frames: Frame[] = [];
  readonly #tasks = new BoundedTasks(AT_ONCE);
  /** Every folder after all that is in it. */
  readonly #finished: { readonly node: FolderNode; readonly known: FolderNode | undefined }[] = [];
  readonly #leftOut: LeftOut[] = [];
  #leftOutCount = 0;
  #files = 0;
  #bytes = 0;
  /** The last time that was asked for. */
  #now = 0n;

  constructor(options: SnapshotOptions, top: OpenFolder) {
    this.#options = options;
    this.#batch = options.blobs.batch();
    this.#chain = new FolderChain(top);
  }

  async take(): Promise<{ snapshot: Snapshot; tree: FolderNode }> {
    const tree = await this.#walk();
    await this.#tasks.drain();
    await this.#storeManifests();
    await this.#tasks.drain();
    this.#options.signal?.throwIfAborted();
    await this.#batch.commit();
    if (tree.manifest === undefined) throw new M1Error("snapshot-unfinished", "The topmost folder has no manifest.");
    const leftOut = { count: this.#leftOutCount, first: this.#leftOut };
    return { snapshot: { id: tree.manifest, files: this.#files, bytes: this.#bytes, leftOut }, tree };
  }

  /** However it ended: nothing runs any more, no folder is open, and modes are as they were. */
  async end(): Promise<void> {
    await this.#tasks.settle();
    this.#batch.discard();
    while (this.#frames.length > 0) {
      try {
        this.#leave();
      } catch {
        // Something else failed before; the modes of a folder that was moved away cannot be put back.
        break;
      }
    }
    this.#chain[Symbol.dispose]();
  }

  async #walk(): Promise<FolderNode> {
    const tree = this.#push("", this.#chain.current.stat(), this.#options.known, undefined);
    for (let visited = 1; ; visited += 1) {
      const frame = this.#frames.at(-1);
      if (!frame) return tree;
      if (visited % ENTRIES_A_TURN === 0) await otherWork();
      this.#options.signal?.throwIfAborted();
      const name = frame.names[frame.next];
      frame.next += 1;
      if (name === undefined) this.#leave();
      else await this.#visit(frame, name);
    }
  }

  async #visit(frame: Frame, name: EntryName): Promise<void> {
    const facts = unlessGone(() => this.#readable(name, () => this.#chain.current.statOf(name)));
    if (!facts) return;
    const known = frame.known?.entries.get(name);
    if (facts.isDirectory()) this.#enter(name, facts, known?.kind === "folder" ? known : undefined);
    else if (facts.isFile()) await this.#keepFile(frame, name, facts, known?.kind === "file" ? known : undefined);
    else if (facts.isSymbolicLink()) this.#keepLink(frame, name);
    else this.#leaveOut(name, facts.isSocket() ? "socket" : facts.isFIFO() ? "fifo" : "device");
  }

  #keepLink(frame: Frame, name: EntryName): void {
    const target = unlessGone(() => this.#chain.current.linkTarget(name));
    if (target === undefined) return;
    frame.node.entries.set(name, { kind: "link", target } satisfies LinkNode);
  }

  async #keepFile(frame: Frame, name: EntryName, facts: BigIntStats, known: FileNode | undefined): Promise<void> {
    this.#files += 1;
    if (known?.stamp !== undefined && known.stamp === stampOf(facts)) {
      this.#bytes += known.bytes;
      frame.node.entries.set(name, known);
      return;
    }
    if (facts.size > LARGE_BYTES && this.#options.now) this.#now = await timeAfter(facts.ctimeNs, this.#options.now);
    else if (this.#options.now && facts.ctimeNs >= this.#now) this.#now = this.#options.now();
    const descriptor = this.#openFile(name, facts);
    if (descriptor === undefined) {
      this.#files -= 1;
      return;
    }
    const opened = fstatSync(descriptor, { bigint: true });
    const node: FileNode = { kind: "file", mode: modeOf(facts), bytes: 0, blob: "", stamp: this.#stampOf(opened) };
    // Its place in the order of names is now, whenever its content is stored.
    frame.node.entries.set(name, node);
    await withOpenFile(this.#tasks, descriptor, () => this.#storeFile(descriptor, node));
  }

  /** A descriptor of a regular file; undefined where it is gone, or no regular file any more. */
  #openFile(name: EntryName, facts: BigIntStats): number | undefined {
    const descriptor = unlessGone(() => this.#openReadable(name, facts));
    if (descriptor === undefined) return undefined;
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
    this.#leaveOut(name, "changing");
    return undefined;
  }

  #openReadable(name: EntryName, facts: BigIntStats): number {
    const folder = this.#chain.current;
    try {
      return folder.openToRead(name);
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (this.#options.unreadable) throw this.#options.unreadable(this.#pathOf(name), error);
      folder.setMode(name, modeOf(facts) | 0o400);
      const descriptor = folder.openToRead(name);
      fchmodSync(descriptor, modeOf(facts));
      return descriptor;
    }
  }

  async #storeFile(descriptor: number, node: FileNode): Promise<void> {
    const { id, bytes } = await this.#batch.putFile(descriptor, this.#options.signal);
    node.blob = id;
    node.bytes = bytes;
    this.#bytes += bytes;
    // It was written to while it was read: what was stored is what was read, and it is read again next time.
    if (node.stamp !== stampOf(fstatSync(descriptor, { bigint: true }))) node.stamp = undefined;
  }

  /** A file that changed in the very moment in which it is read could change again without its times telling. */
  #stampOf(facts: BigIntStats): string | undefined {
    return facts.ctimeNs < this.#now ? stampOf(facts) : undefined;
  }

  #enter(name: EntryName, facts: BigIntStats, known: FolderNode | undefined): void {
    const mode = modeOf(facts);
    const locked = !isAlmighty() && (mode & 0o500) !== 0o500;
    const entered = unlessGone(() => {
      if (locked && !this.#options.unreadable) this.#chain.current.setMode(name, mode | FOLDER_RIGHTS);
      this.#readable(name, () => this.#chain.enter(name));
      return true;
    });
    if (!entered) return;
    const node = this.#push(name, facts, known, locked && !this.#options.unreadable ? mode : undefined);
    this.#frames.at(-2)?.node.entries.set(name, node);
  }

  /** What `look` gives; what may not be looked at is the caller's error, where it has one. */
  #readable<Value>(name: EntryName, look: () => Value): Value {
    try {
      return look();
    } catch (error) {
      if (isRefused(error) && this.#options.unreadable) throw this.#options.unreadable(this.#pathOf(name), error);
      throw tooDeep(error);
    }
  }

  #push(name: EntryName, facts: BigIntStats, known: FolderNode | undefined, putBack: number | undefined): FolderNode {
    const node: FolderNode = {
      kind: "folder",
      mode: modeOf(facts),
      entries: new Map(),
      manifest: undefined,
      pages: [],
    };
    const names = this.#chain.current.names().sort();
    this.#frames.push({ name, node, known, names, next: 0, putBack });
    return node;
  }

  #leave(): void {
    const frame = this.#frames.pop();
    if (!frame) return;
    this.#finished.push({ node: frame.node, known: frame.known });
    this.#chain.leave();
    if (frame.putBack !== undefined) this.#chain.current.setMode(frame.name, frame.putBack);
  }

  #leaveOut(name: EntryName, kind: LeftOut["kind"]): void {
    this.#leftOutCount += 1;
    if (this.#leftOut.length < MOST_NAMED) this.#leftOut.push({ path: this.#pathOf(name), kind });
  }

  #pathOf(name: EntryName): string {
    const folders = this.#frames.slice(1).map((frame) => frame.name);
    return nameText([...folders, name].join("/"));
  }

  /** Folders whose entries are all as they were keep their manifest; the others' are written, innermost first. */
  async #storeManifests(): Promise<void> {
    for (const [index, { node, known }] of this.#finished.entries()) {
      if (index % ENTRIES_A_TURN === 0) await otherWork();
      if (known?.manifest !== undefined && sameEntries(known, node)) {
        node.manifest = known.manifest;
        node.pages = known.pages;
        continue;
      }
      const stored = new Set(known?.pages);
      const pages: BlobId[] = [];
      for (const { id, bytes } of manifestBlobs(node.entries, blobName)) {
        if (!stored.has(id)) await this.#tasks.add(async () => void (await this.#batch.put(bytes)));
        pages.push(id);
      }
      // The last is the manifest itself.
      node.manifest = pages.pop();
      node.pages = pages;
    }
  }
}

function sameEntries(known: FolderNode, node: FolderNode): boolean {
  if (known.entries.size !== node.entries.size) return false;
  for (const [name, entry] of node.entries) {
    const before = known.entries.get(name);
    if (!before || !sameNode(before, entry)) return false;
  }
  return true;
}
