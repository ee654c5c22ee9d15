import type { BigIntStats } from "node:fs";
import type { SandboxUser } from "../sandbox/sandbox-user.ts";
import { FolderChain } from "./folder-chain.ts";
import { ENTRIES_A_TURN, tooDeep, unlessGone } from "./hostile-walk.ts";
import { otherWork } from "../../base/event-loop.ts";
import { OpenFolder } from "./open-folder.ts";
import type { EntryName } from "./entry-name.ts";

/**
 * Makes a folder and all in it belong to a user. The folder itself comes last: cut off before, it is begun again.
 * Set-user and set-group bits are lost, as whenever an owner changes. What belongs to the user already is left alone.
 */
export async function giveFolder(root: string, owner: SandboxUser): Promise<void> {
  const top = OpenFolder.open(root);
  try {
    await giveEntries(top, owner);
    top.ownBy(owner);
  } finally {
    top.close();
  }
}

async function giveEntries(top: OpenFolder, owner: SandboxUser): Promise<void> {
  using chain = new FolderChain(top);
  const frames: EntryName[][] = [top.names()];
  for (let visited = 1; ; visited += 1) {
    if (visited % ENTRIES_A_TURN === 0) await otherWork();
    const name = frames.at(-1)?.pop();
    if (name === undefined) {
      frames.pop();
      if (frames.length === 0) return;
      chain.leave();
      continue;
    }
    const facts = unlessGone(() => chain.current.statOf(name));
    if (!facts) continue;
    if (isToBeGiven(facts, owner)) chain.current.giveTo(name, owner);
    if (!facts.isDirectory()) continue;
    try {
      chain.enter(name);
    } catch (error) {
      throw tooDeep(error);
    }
    frames.push(chain.current.names());
  }
}

/**
 * A file with other names may have them outside of the folder (package managers link from a store of theirs): where
 * all may read it, its owner matters to nobody here.
 */
function isToBeGiven(facts: BigIntStats, owner: SandboxUser): boolean {
  if (facts.uid === BigInt(owner.uid) && facts.gid === BigInt(owner.gid)) return false;
  return !(facts.isFile() && facts.nlink > 1n && (facts.mode & 0o004n) !== 0n);
}
