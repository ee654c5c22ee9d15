import { opendir } from "node:fs/promises";
import path from "node:path";

const DEEPEST = 8;

/** The regular files of a folder and its folders by their paths, sorted; links are not followed. */
export async function filesBelow(
  root: string,
  most: number,
  signal: AbortSignal,
): Promise<{ readonly files: readonly string[]; readonly cut: boolean }> {
  const files: string[] = [];
  // More are gathered than are given, so that which ones are given depends less on the disk's order.
  await gather(root, "", files, most * 5, signal);
  files.sort();
  return { files: files.slice(0, most), cut: files.length > most };
}

async function gather(root: string, folder: string, files: string[], most: number, signal: AbortSignal): Promise<void> {
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(path.join(root, folder))) {
      signal.throwIfAborted();
      if (files.length >= most) return;
      const relative = path.join(folder, entry.name);
      if (entry.isFile()) files.push(relative);
      if (entry.isDirectory()) folders.push(relative);
    }
  } catch {
    signal.throwIfAborted();
    return;
  }
  for (const inner of folders.toSorted()) {
    if (inner.split(path.sep).length <= DEEPEST) await gather(root, inner, files, most, signal);
  }
}
