import type { EntryName } from "./entry-name.ts";
import { FolderChain } from "./folder-chain.ts";
import { ENTRIES_A_TURN, isAlmighty, tooDeep, unlessGone } from "./hostile-walk.ts";
import { otherWork } from "../../base/event-loop.ts";
import { FOLDER_RIGHTS, OpenFolder } from "./open-folder.ts";
import { nameOfText } from "./entry-name.ts";
import path from "node:path";

/**
 * Removes a folder with all that is in it, however deep, and whatever modes its owner gave; no link is followed.
 * What is not there is removed already. On abort it rejects with the signal's reason.
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

/** Removes an entry of a folder that we may write, whatever it is. */
export async function removeEntry(parent: OpenFolder, name: EntryName, signal?: AbortSignal): Promise<void> {
  if (!isFolder(parent, name)) return;
  using chain = new FolderChain(parent);
  const frames: { readonly name: EntryName; readonly names: EntryName[] }[] = [enter(chain, name)];
  for (let visited = 1; ; visited += 1) {
    if (visited % ENTRIES_A_TURN === 0) await otherWork();
    signal?.throwIfAborted();
    const frame = frames.at(-1);
    if (!frame) return;
    const inner = frame.names.pop();
    if (inner === undefined) {
      frames.pop();
      chain.leave();
      chain.current.removeFolder(frame.name);
    } else if (isFolder(chain.current, inner)) {
      frames.push(enter(chain, inner));
    }
  }
}

/** Whether the entry is a folder; removes it at once where it is anything else. */
function isFolder(parent: OpenFolder, name: EntryName): boolean {
  const facts = unlessGone(() => parent.statOf(name));
  if (!facts) return false;
  if (facts.isDirectory()) return true;
  parent.removeFile(name);
  return false;
}

function enter(chain: FolderChain, name: EntryName): { name: EntryName; names: EntryName[] } {
  try {
    if (!isAlmighty()) chain.current.setMode(name, FOLDER_RIGHTS);
    chain.enter(name);
    return { name, names: chain.current.names() };
  } catch (error) {
    throw tooDeep(error);
  }
}
