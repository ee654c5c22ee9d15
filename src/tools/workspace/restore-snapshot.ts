import { createHash } from "node:crypto";
import { closeSync, fchmodSync, fchownSync, fstatSync, readFileSync, type BigIntStats } from "node:fs";
import { BoundedTasks } from "../../base/bounded-tasks.ts";
import { piecesOf } from "../../base/descriptor-io.ts";
import { blobName } from "../../log/blob-name.ts";
import type { BlobStore } from "../../log/run-log.ts";
import type { SandboxUser } from "../sandbox/sandbox-user.ts";
import type { EntryName } from "./entry-name.ts";
import { FolderChain } from "./folder-chain.ts";
import { ENTRIES_A_TURN, isAlmighty, timeAfter, tooDeep, unlessGone } from "./hostile-walk.ts";
import { otherWork } from "../../base/event-loop.ts";
import { readManifest, type SnapshotId } from "./manifest.ts";
import type { SnapshotEntry, SnapshotFile, SnapshotFolder, SnapshotLink } from "./manifest-bytes.ts";
import { withOpenFile } from "./open-file-task.ts";
import { FOLDER_RIGHTS, OpenFolder, timeOf } from "./open-folder.ts";
import { removeEntry } from "./remove-entry.ts";
import { modeOf, stampOf, type FileNode, type FolderNode } from "./snapshot-tree.ts";

export interface RestoreOptions {
  /** The real path of a folder that is ours alone, with all rights for us. It keeps its own owner. */
  readonly root: string;
  readonly blobs: BlobStore;
  readonly snapshot: SnapshotId;
  /** What is known of the folder: spares reading its files. */
  readonly known?: FolderNode | undefined;
  /** Whom everything in it is to belong to, where that is another than we. */
  readonly owner?: SandboxUser | undefined;
  readonly signal?: AbortSignal | undefined;
}

const AT_ONCE = 16;
/** Up to here a file is read without waiting, which takes less time than to wait for it. */
const SMALL_BYTES = 64 * 1024;

/**
 * Makes a folder exactly what it was in a snapshot, touching only what differs: also what the snapshot left out
 * is removed. It may be cut off anywhere: doing it again ends right. Nobody else may work in the folder meanwhile.
 * Resolves to the tree that is now there.
 */
export async function restoreSnapshot(options: RestoreOptions): Promise<FolderNode> {
  const top = OpenFolder.open(options.root);
  const restorer = new Restorer(options, top);
  try {
    return await restorer.restore();
  } finally {
    await restorer.end();
    top.close();
  }
}

interface Frame {
  readonly name: EntryName;
  readonly node: FolderNode;
  readonly known: FolderNode | undefined;
  readonly wanted: readonly SnapshotEntry[];
  /** What of it is there already, as the kind of entry that it must be. */
  readonly there: ReadonlyMap<EntryName, BigIntStats>;
  next: number;
}

/**
 * Owns: one walk over the snapshot and the folder together, and the files being written. Does not own: the topmost
 * folder, the blob store. Invariants: 1. what does not belong into a folder goes before anything is made in it; 2. no
 * link is followed; 3. after `end` nothing is written any more.
 */
class Restorer {
  readonly #options: RestoreOptions;
  readonly #chain: FolderChain;
  readonly #frames: Frame[] = [];
  readonly #tasks = new BoundedTasks(AT_ONCE);
  readonly #top: OpenFolder;
  readonly #began: bigint;
  readonly #fresh: { readonly node: FileNode; readonly changed: bigint }[] = [];
  #visited = 0;

  constructor(options: RestoreOptions, top: OpenFolder) {
    this.#options = options;
    this.#top = top;
    this.#began = timeOf(top);
    this.#chain = new FolderChain(top);
  }

  async restore(): Promise<FolderNode> {
    const { snapshot, known } = this.#options;
    const topmost: SnapshotFolder = { kind: "folder", name: "", mode: FOLDER_RIGHTS, blob: snapshot };
    const tree = await this.#push(topmost, known);
    for (;;) {
      const frame = this.#frames.at(-1);
      if (!frame) break;
      await this.#turn();
      const entry = frame.wanted[frame.next];
      frame.next += 1;
      if (entry) await this.#make(frame, entry);
      else this.#leave(frame);
    }
    await this.#tasks.drain();
    await this.#distrustFresh();
    return tree;
  }

  async end(): Promise<void> {
    await this.#tasks.settle();
    this.#chain[Symbol.dispose]();
  }

  async #turn(): Promise<void> {
    this.#visited += 1;
    if (this.#visited % ENTRIES_A_TURN === 0) await otherWork();
    this.#options.signal?.throwIfAborted();
  }

  /** Begins a folder, which is the current one: whatever does not belong in it goes first. */
  async #push(folder: SnapshotFolder, known: FolderNode | undefined): Promise<FolderNode> {
    const { entries: wanted, parts: pages } = await readManifest(this.#options.blobs, folder.blob);
    const kinds = new Map(wanted.map((entry) => [entry.name, entry.kind]));
    const current = this.#chain.current;
    const there = new Map<EntryName, BigIntStats>();
    for (const name of current.names()) {
      await this.#turn();
      const facts = unlessGone(() => current.statOf(name));
      const kind = kinds.get(name);
      if (facts && kind !== undefined && kind === kindOf(facts)) there.set(name, facts);
      else if (facts) await removeEntry(current, name, this.#options.signal);
    }
    const node: FolderNode = {
      kind: "folder",
      mode: folder.mode,
      entries: new Map(),
      manifest: folder.blob,
      pages,
    };
    this.#frames.push({ name: folder.name, node, known, wanted, there, next: 0 });
    return node;
  }

  async #make(frame: Frame, entry: SnapshotEntry): Promise<void> {
    const facts = frame.there.get(entry.name);
    if (entry.kind === "folder") await this.#enter(frame, entry, facts);
    else if (entry.kind === "link") this.#makeLink(frame, entry, facts);
    else await this.#makeFile(frame, entry, facts);
  }

  async #enter(frame: Frame, entry: SnapshotFolder, facts: BigIntStats | undefined): Promise<void> {
    const current = this.#chain.current;
    try {
      if (!facts) current.makeFolder(entry.name);
      else if (!isAlmighty()) current.setMode(entry.name, FOLDER_RIGHTS);
      this.#chain.enter(entry.name);
    } catch (error) {
      throw tooDeep(error);
    }
    const known = frame.known?.entries.get(entry.name);
    frame.node.entries.set(entry.name, await this.#push(entry, known?.kind === "folder" ? known : undefined));
  }

  #leave(frame: Frame): void {
    this.#frames.pop();
    if (this.#frames.length === 0) return;
    this.#chain.leave();
    this.#settle(frame.name, frame.node.mode, this.#chain.current.statOf(frame.name));
  }

  #makeLink(frame: Frame, entry: SnapshotLink, facts: BigIntStats | undefined): void {
    const current = this.#chain.current;
    frame.node.entries.set(entry.name, { kind: "link", target: entry.target });
    const { owner } = this.#options;
    if (facts && current.linkTarget(entry.name) === entry.target) {
      if (owner && !belongsTo(facts, owner)) current.giveTo(entry.name, owner);
      return;
    }
    if (facts) current.removeFile(entry.name);
    current.makeLink(entry.name, entry.target);
    if (owner) current.giveTo(entry.name, owner);
  }

  async #makeFile(frame: Frame, entry: SnapshotFile, facts: BigIntStats | undefined): Promise<void> {
    const current = this.#chain.current;
    const node: FileNode = {
      kind: "file",
      mode: entry.mode,
      bytes: entry.bytes,
      blob: entry.blob,
      stamp: undefined,
    };
    frame.node.entries.set(entry.name, node);
    const known = frame.known?.entries.get(entry.name);
    if (facts && (await this.#holds(entry, facts, known?.kind === "file" ? known : undefined))) {
      // Reading it may have needed another mode than it had.
      const changed = this.#settle(entry.name, entry.mode, isAlmighty() ? facts : current.statOf(entry.name));
      this.#know(node, changed ? current.statOf(entry.name) : facts);
      return;
    }
    // A new file, never an old one overwritten: that one may have other names, or be read by somebody.
    if (facts) current.removeFile(entry.name);
    const descriptor = current.makeFile(entry.name);
    await withOpenFile(this.#tasks, descriptor, () => this.#fill(descriptor, entry, node));
  }

  async #fill(descriptor: number, entry: SnapshotFile, node: FileNode): Promise<void> {
    const { blobs, owner, signal } = this.#options;
    signal?.throwIfAborted();
    await blobs.copyTo(entry.blob, descriptor);
    if (owner) fchownSync(descriptor, owner.uid, owner.gid);
    fchmodSync(descriptor, entry.mode);
    this.#know(node, fstatSync(descriptor, { bigint: true }));
  }

  #know(node: FileNode, facts: BigIntStats): void {
    node.stamp = stampOf(facts);
    if (facts.ctimeNs >= this.#began) this.#fresh.push({ node, changed: facts.ctimeNs });
  }

  /** What changed in this very moment could change again without its times telling: so the moment is waited for. */
  async #distrustFresh(): Promise<void> {
    const last = this.#fresh.reduce((latest, { changed }) => (changed > latest ? changed : latest), 0n);
    if (last === 0n) return;
    const now = await timeAfter(last, () => timeOf(this.#top));
    for (const { node, changed } of this.#fresh) if (changed >= now) node.stamp = undefined;
  }

  /** Whether a file has the content that it must have. */
  async #holds(entry: SnapshotFile, facts: BigIntStats, known: FileNode | undefined): Promise<boolean> {
    if (known?.stamp !== undefined && known.stamp === stampOf(facts)) return known.blob === entry.blob;
    if (facts.size !== BigInt(entry.bytes)) return false;
    const current = this.#chain.current;
    if (!isAlmighty() && (modeOf(facts) & 0o400) === 0) current.setMode(entry.name, 0o600);
    const descriptor = current.openToRead(entry.name);
    try {
      if (entry.bytes <= SMALL_BYTES) return blobName(readFileSync(descriptor)) === entry.blob;
      const hash = createHash("sha256");
      for await (const piece of piecesOf(descriptor)) {
        this.#options.signal?.throwIfAborted();
        hash.update(piece);
      }
      return hash.digest("hex") === entry.blob;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Gives what is there the owner and mode that it must have; says whether that changed something. */
  #settle(name: EntryName, mode: number, facts: BigIntStats): boolean {
    const { owner } = this.#options;
    const given = owner !== undefined && !belongsTo(facts, owner);
    const changes = given || modeOf(facts) !== mode;
    if (given) this.#chain.current.giveTo(name, owner);
    if (changes) this.#chain.current.setMode(name, mode);
    return changes;
  }
}

function belongsTo(facts: BigIntStats, owner: SandboxUser): boolean {
  return facts.uid === BigInt(owner.uid) && facts.gid === BigInt(owner.gid);
}

function kindOf(facts: BigIntStats): SnapshotEntry["kind"] | undefined {
  if (facts.isFile()) return "file";
  if (facts.isDirectory()) return "folder";
  return facts.isSymbolicLink() ? "link" : undefined;
}
