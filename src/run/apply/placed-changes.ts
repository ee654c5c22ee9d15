import { createHash } from "node:crypto";
import { closeSync, fchmodSync, fchownSync, fstatSync, openSync, type BigIntStats } from "node:fs";
import path from "node:path";
import { piecesOf, setLength, syncDescriptor, writeAt } from "../../base/descriptor-io.ts";
import { M1Error } from "../../base/errors.ts";
import { otherWork } from "../../base/event-loop.ts";
import type { EntryName } from "../../tools/workspace/entry-name.ts";
import { FolderChain } from "../../tools/workspace/folder-chain.ts";
import { isAlmighty, unlessGone } from "../../tools/workspace/hostile-walk.ts";
import { OpenFolder } from "../../tools/workspace/open-folder.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";
import type { JournalChange, JournalState } from "./journal.ts";

/** What became of a change. `changed-meanwhile`: something else is there than the merge was made from; left alone. */
export type ChangeFate = "done" | "was-done" | "changed-meanwhile";

/**
 * Makes one change in the person's folder, by a temporary file and a rename; a change that was made already is
 * found so. No link of the folder is followed: where one, or a file, lies in the way of a path, nothing is done.
 * `contents` is the folder with the new files; `temporary` a name that nobody else uses.
 */
export async function placeChange(
  root: string,
  change: JournalChange,
  contents: string,
  temporary: EntryName,
): Promise<ChangeFate> {
  await otherWork();
  const top = OpenFolder.open(root);
  try {
    using chain = new FolderChain(top);
    const names = change.path.split("/");
    const name = names.pop() ?? "";
    if (!descend(chain, names, change.after !== undefined)) return change.after ? "changed-meanwhile" : "was-done";
    return await placeEntry(chain.current, name, change, { contents, temporary });
  } finally {
    top.close();
  }
}

/** Removes an empty folder, or makes a missing one; what is not so is left alone. */
export async function placeFolder(root: string, folder: EntryPath, wanted: boolean): Promise<void> {
  const top = OpenFolder.open(root);
  try {
    using chain = new FolderChain(top);
    const names = folder.split("/");
    const name = names.pop() ?? "";
    if (!descend(chain, names, wanted)) return;
    const facts = unlessGone(() => chain.current.statOf(name));
    if (wanted && !facts) chain.current.makeFolder(name, 0o777);
    if (!wanted && facts?.isDirectory()) removeIfEmpty(chain.current, name);
  } finally {
    top.close();
  }
}

/** Goes down folders that are folders; makes missing ones where `makes`. False where the way is not there. */
function descend(chain: FolderChain, names: readonly EntryName[], makes: boolean): boolean {
  for (const name of names) {
    const facts = unlessGone(() => chain.current.statOf(name));
    if (!facts && !makes) return false;
    if (!facts) makeFolder(chain.current, name);
    else if (!facts.isDirectory()) return false;
    chain.enter(name);
  }
  return true;
}

function makeFolder(parent: OpenFolder, name: EntryName): void {
  parent.makeFolder(name, 0o777);
  if (isAlmighty()) parent.giveTo(name, ownerOf(parent.stat()));
}

function removeIfEmpty(parent: OpenFolder, name: EntryName): void {
  try {
    parent.removeFolder(name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && ["ENOTEMPTY", "EEXIST"].includes(String(error.code))))
      throw error;
  }
}

async function placeEntry(
  folder: OpenFolder,
  name: EntryName,
  { before, after }: JournalChange,
  { contents, temporary }: { readonly contents: string; readonly temporary: EntryName },
): Promise<ChangeFate> {
  // What an apply that was cut off may have left.
  unlessGone(() => folder.removeFile(temporary));
  const facts = unlessGone(() => folder.statOf(name));
  const there = await stateOf(folder, name, facts);
  if (sameState(there, after)) return "was-done";
  if (!sameState(there, before)) return "changed-meanwhile";
  if (!after) folder.removeFile(name);
  else if (after.kind === "link") {
    folder.makeLink(temporary, after.target);
    if (isAlmighty()) folder.giveTo(temporary, ownerOf(facts ?? folder.stat()));
    folder.rename(temporary, name);
  } else if (facts && before?.kind === "file" && before.sha256 === after.sha256) {
    folder.setMode(name, permissions(facts, after.executable));
  } else {
    await writeFile(folder, temporary, path.join(contents, after.content), { facts, executable: after.executable });
    folder.rename(temporary, name);
  }
  return "done";
}

async function writeFile(
  folder: OpenFolder,
  name: EntryName,
  content: string,
  { facts, executable }: { readonly facts: BigIntStats | undefined; readonly executable: boolean },
): Promise<void> {
  const target = folder.makeFile(name, executable ? 0o777 : 0o666);
  try {
    const source = openSync(content, "r");
    try {
      let position = 0;
      for await (const piece of piecesOf(source)) {
        await writeAt(target, piece, position);
        position += piece.length;
      }
      await setLength(target, position);
    } finally {
      closeSync(source);
    }
    const owner = ownerOf(facts ?? folder.stat());
    if (isAlmighty()) fchownSync(target, owner.uid, owner.gid);
    if (facts?.isFile()) fchmodSync(target, permissions(facts, executable));
    await syncDescriptor(target);
  } finally {
    closeSync(target);
  }
}

/** A file's own permissions, with the right to execute it for whoever may read it, or for nobody. */
function permissions(facts: BigIntStats, executable: boolean): number {
  const mode = Number(facts.mode) & 0o777;
  return executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
}

function ownerOf(facts: BigIntStats): { uid: number; gid: number } {
  return { uid: Number(facts.uid), gid: Number(facts.gid) };
}

/** What is there now, as far as a merge knows it; anything else is a folder, or something that nobody merges. */
async function stateOf(
  folder: OpenFolder,
  name: EntryName,
  facts: BigIntStats | undefined,
): Promise<JournalState | "other" | undefined> {
  if (!facts) return undefined;
  if (facts.isSymbolicLink()) return { kind: "link", target: folder.linkTarget(name) };
  if (!facts.isFile()) return "other";
  const descriptor = folder.openToRead(name);
  try {
    if (!fstatSync(descriptor).isFile()) return "other";
    const hash = createHash("sha256");
    for await (const piece of piecesOf(descriptor)) hash.update(piece);
    return { kind: "file", executable: (Number(facts.mode) & 0o100) !== 0, sha256: hash.digest("hex"), content: "" };
  } finally {
    closeSync(descriptor);
  }
}

function sameState(there: JournalState | "other" | undefined, wanted: JournalState | undefined): boolean {
  if (there === undefined || wanted === undefined) return there === wanted;
  if (there === "other") return false;
  if (there.kind === "file" && wanted.kind === "file") {
    return there.sha256 === wanted.sha256 && there.executable === wanted.executable;
  }
  return there.kind === "link" && wanted.kind === "link" && there.target === wanted.target;
}

/**
 * The bytes of a file of the person's folder, no link followed. Throws `changed-meanwhile` where it is another by now.
 */
export async function* contentOf(root: string, place: EntryPath, sha256: string): AsyncGenerator<Uint8Array> {
  const top = OpenFolder.open(root);
  let descriptor: number | undefined;
  try {
    using chain = new FolderChain(top);
    const names = place.split("/");
    const name = names.pop() ?? "";
    if (descend(chain, names, false)) descriptor = unlessGone(() => chain.current.openToRead(name));
  } finally {
    top.close();
  }
  if (descriptor === undefined) throw changedMeanwhile(root);
  const hash = createHash("sha256");
  try {
    for await (const piece of piecesOf(descriptor)) {
      hash.update(piece);
      yield piece;
    }
  } finally {
    closeSync(descriptor);
  }
  if (hash.digest("hex") !== sha256) throw changedMeanwhile(root);
}

function changedMeanwhile(root: string): M1Error {
  return new M1Error("changed-meanwhile", `Files in ${root} are changed while they are merged; nothing was applied.`, {
    hint: "Apply again when nothing else works in the folder.",
  });
}
