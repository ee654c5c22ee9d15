import { M1Error } from "../../base/errors.ts";
import type { EntryName } from "./entry-name.ts";
import type { OpenFolder } from "./open-folder.ts";

/** Teams make deep trees; descriptors are few. */
const MOST_OPEN = 64;

interface Level {
  folder: OpenFolder | undefined;
  /** Of a folder that was closed: to know it again. */
  identity: string;
}

/**
 * Owns: the way from a folder down to the one that is worked in now, of any depth, with few folders open at
 * once. Does not own: the topmost folder, which its opener closes. Invariant: going back leads to the very folder
 * that was left, or fails: whoever moves folders about meanwhile cannot lead us elsewhere.
 */
export class FolderChain implements Disposable {
  readonly #levels: Level[];
  #current: OpenFolder;

  constructor(top: OpenFolder) {
    this.#levels = [{ folder: top, identity: "" }];
    this.#current = top;
  }

  get current(): OpenFolder {
    return this.#current;
  }

  /** 0 at the topmost folder. */
  get depth(): number {
    return this.#levels.length - 1;
  }

  /** Throws the system's error where the entry is no folder or may not be read. */
  enter(name: EntryName): void {
    const folder = this.#current.openFolder(name);
    this.#current = folder;
    this.#levels.push({ folder, identity: "" });
    const above = this.#levels[this.#levels.length - 1 - MOST_OPEN];
    // The topmost is not ours to close.
    if (above?.folder === undefined || above === this.#levels[0]) return;
    above.identity = identityOf(above.folder);
    above.folder.close();
    above.folder = undefined;
  }

  /** Goes back to the folder above. Throws `workspace-moved` where that is not where it was. */
  leave(): void {
    const above = this.#levels.at(-2);
    if (!above) return;
    if (above.folder === undefined) {
      const opened = this.#current.openParent();
      if (identityOf(opened) !== above.identity) {
        opened.close();
        throw new M1Error("workspace-moved", "A folder was moved while it was being looked at.", {
          hint: "End what works in the workspace, and try again.",
        });
      }
      above.folder = opened;
    }
    this.#levels.pop();
    this.#current.close();
    this.#current = above.folder;
  }

  [Symbol.dispose](): void {
    for (const { folder } of this.#levels.splice(1)) folder?.close();
  }
}

function identityOf(folder: OpenFolder): string {
  const { dev, ino } = folder.stat();
  return `${dev}:${ino}`;
}
