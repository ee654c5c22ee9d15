import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs";
import { descriptorPath } from "../../base/descriptor-io.ts";
import { nameBytes, nameText, type EntryName } from "./entry-name.ts";
import type { SandboxUser } from "../sandbox/sandbox-user.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Linux's descriptor of a place alone: needs no right to read it, and never follows or waits. */
const O_PATH = 0o10000000;

/** Modes without which an ordinary user cannot work in a folder of its own. */
export const FOLDER_RIGHTS = 0o700;

/**
 * A folder whose contents are hostile. Where the system has paths of descriptors (Linux), its entries are reached
 * through the open folder itself: nobody can put a link in the way, and no depth makes a path too long. Elsewhere
 * they are reached by their paths. No method follows a link. All throw the system's error.
 */
export class OpenFolder {
  readonly #path: Buffer;
  readonly #descriptor: number | undefined;

  private constructor(path: Buffer, descriptor: number | undefined) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  static open(path: string | Buffer): OpenFolder {
    const place = Buffer.from(path);
    const descriptor = openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const through = descriptorPath(descriptor);
    if (through !== undefined) return new OpenFolder(Buffer.from(through), descriptor);
    closeSync(descriptor);
    return new OpenFolder(place, undefined);
  }

  /** A path of an entry, good while this folder is open. */
  pathOf(name: EntryName): Buffer {
    return Buffer.concat([this.#path, SLASH, nameBytes(name)]);
  }

  openFolder(name: EntryName): OpenFolder {
    return OpenFolder.open(this.pathOf(name));
  }

  /** The folder that this one lies in. */
  openParent(): OpenFolder {
    const last = this.#path.lastIndexOf("/");
    return OpenFolder.open(this.#descriptor === undefined ? this.#path.subarray(0, last) : this.pathOf(".."));
  }

  stat(): BigIntStats {
    return this.#descriptor === undefined
      ? lstatSync(this.#path, { bigint: true })
      : fstatSync(this.#descriptor, { bigint: true });
  }

  statOf(name: EntryName): BigIntStats {
    return lstatSync(this.pathOf(name), { bigint: true });
  }

  names(): EntryName[] {
    return readdirSync(this.#path, { encoding: "latin1" });
  }

  /**
   * A descriptor to read an entry by. Opening waits for nobody (a FIFO's writer, say); what it is must be looked at.
   */
  openToRead(name: EntryName): number {
    return openSync(this.pathOf(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  }

  /** A descriptor of a new, empty file. Its mode is less what the process's mask takes. */
  makeFile(name: EntryName, mode = 0o600): number {
    return openSync(this.pathOf(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  }

  makeFolder(name: EntryName, mode = FOLDER_RIGHTS): void {
    mkdirSync(this.pathOf(name), mode);
  }

  /** Within this folder; a file or link that is there gives way. */
  rename(from: EntryName, to: EntryName): void {
    renameSync(this.pathOf(from), this.pathOf(to));
  }

  makeLink(name: EntryName, target: EntryName): void {
    symlinkSync(nameBytes(target), this.pathOf(name));
  }

  linkTarget(name: EntryName): EntryName {
    return readlinkSync(this.pathOf(name), { encoding: "latin1" });
  }

  removeFile(name: EntryName): void {
    unlinkSync(this.pathOf(name));
  }

  removeFolder(name: EntryName): void {
    rmdirSync(this.pathOf(name));
  }

  /** Gives an entry (no link) its mode. Clears what the owner's change may clear, so it comes after `giveTo`. */
  setMode(name: EntryName, mode: number): void {
    this.#at(name, (path) => chmodSync(path, mode));
  }

  giveTo(name: EntryName, owner: SandboxUser): void {
    lchownSync(this.pathOf(name), owner.uid, owner.gid);
  }

  /** Gives the folder itself its mode. */
  setOwnMode(mode: number): void {
    chmodSync(this.#path, mode);
  }

  ownBy(owner: SandboxUser): void {
    chownSync(this.#path, owner.uid, owner.gid);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }

  /** For messages. */
  toString(): string {
    return nameText(this.#path.toString("latin1"));
  }

  /** Calls `work` with a path of the entry itself: where it is a link by now, the system refuses. */
  #at(name: EntryName, work: (path: string | Buffer) => void): void {
    if (this.#descriptor === undefined) {
      work(this.pathOf(name));
      return;
    }
    const descriptor = openSync(this.pathOf(name), O_PATH | O_NOFOLLOW);
    try {
      work(descriptorPath(descriptor) ?? "");
    } finally {
      closeSync(descriptor);
    }
  }
}

const SLASH = Buffer.from("/");

/**
 * The time by the clock that dates changes in a folder's file system, in nanoseconds: what changes from now on is
 * dated no earlier. The folder must be one that its owner alone may enter.
 */
export function timeOf(folder: OpenFolder): bigint {
  folder.setOwnMode(FOLDER_RIGHTS);
  return folder.stat().ctimeNs;
}
