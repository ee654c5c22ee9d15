import type { SandboxUser } from "../sandbox/sandbox-user.ts";
import { FolderChain } from "./folder-chain.ts";
import { ENTRIES_A_TURN, tooDeep, unlessGone } from "./hostile-walk.ts";
import { otherWork } from "../../base/event-loop.ts";
import { OpenFolder } from "./open-folder.ts";
import type { EntryName } from "./entry-name.ts";

/**
 * Makes a folder and all in it belong to a user. The folder itself comes last: cut off before, it is begun again.
 * Set-user and set-group bits are lost, as whenever an owner changes.
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
    chain.current.giveTo(name, owner);
    if (!facts.isDirectory()) continue;
    try {
      chain.enter(name);
    } catch (error) {
      throw tooDeep(error);
    }
    frames.push(chain.current.names());
  }
}
