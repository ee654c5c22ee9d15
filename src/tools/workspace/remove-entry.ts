import type { EntryName } from "./entry-name.ts";
import { FolderChain } from "./folder-chain.ts";
import { ENTRIES_A_TURN, isAlmighty, tooDeep, unlessGone } from "./hostile-walk.ts";
import { otherWork } from "../../base/event-loop.ts";
import { isFileError } from "../../log/disk-error.ts";
import { FOLDER_RIGHTS, OpenFolder } from "./open-folder.ts";
import { nameOfText } from "./entry-name.ts";
import path from "node:path";

/**
 * Removes a folder with all that is in it, however deep, and whatever modes its owner gave; no link is followed.
 * What is not there is removed already, also where another takes it away at the same time. On abort it rejects with
 * the signal's reason.
 */
export async function removeFolder(place: string, signal?: AbortSignal): Promise<void> {
  const parent = unlessGone(() => OpenFolder.open(path.dirname(place)));
  if (!parent) return;
  try {
    await removeEntry(parent, nameOfText(path.basename(place)), signal);
  } finally {
    parent.close();
  }
}

/** A folder that is being emptied. */
interface Frame {
  readonly name: EntryName;
  /** What is still in it. */
  readonly names: EntryName[];
}

/** Removes an entry of a folder that we may write, whatever it is. */
export async function removeEntry(parent: OpenFolder, name: EntryName, signal?: AbortSignal): Promise<void> {
  if (!isFolder(parent, name)) return;
  using chain = new FolderChain(parent);
  const outermost = enter(chain, name);
  const frames: Frame[] = outermost ? [outermost] : [];
  for (let visited = 1; ; visited += 1) {
    if (visited % ENTRIES_A_TURN === 0) await otherWork();
    signal?.throwIfAborted();
    const frame = frames.at(-1);
    if (!frame) return;
    const inner = frame.names.pop();
    if (inner === undefined) {
      frames.pop();
      chain.leave();
      unlessRemoved(() => chain.current.removeFolder(frame.name));
    } else if (isFolder(chain.current, inner)) {
      const entered = enter(chain, inner);
      if (entered) frames.push(entered);
    }
  }
}

/** Whether the entry is a folder; removes it at once where it is anything else. */
function isFolder(parent: OpenFolder, name: EntryName): boolean {
  const facts = unlessGone(() => parent.statOf(name));
  if (!facts) return false;
  if (facts.isDirectory()) return true;
  unlessRemoved(() => parent.removeFile(name));
  return false;
}

/** Undefined where it has been removed meanwhile. */
function enter(chain: FolderChain, name: EntryName): Frame | undefined {
  try {
    return unlessRemoved(() => {
      if (!isAlmighty()) chain.current.setMode(name, FOLDER_RIGHTS);
      chain.enter(name);
      return { name, names: unlessRemoved(() => chain.current.names()) ?? [] };
    });
  } catch (error) {
    throw tooDeep(error);
  }
}

/** What `work` gives, or undefined where the entry is not there any more; one that is something else by now is an error. */
function unlessRemoved<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}
