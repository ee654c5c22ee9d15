import { availableParallelism } from "node:os";
import { globSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { ROOT } from "../checks/command.ts";
import { runFile, type FileResult } from "./run-file.ts";

/** Long ones first, so that the last file to end is a short one. */
const FIRST = ["e2e", "crash", "scenarios", "contract"];

/** The test files under the given paths (files or folders), in the order of their running. */
export function testFiles(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) =>
    path.endsWith(".test.ts") ? [path] : globSync(join(path, "**/*.test.ts"), { cwd: ROOT }),
  );
  const unique = [...new Set(files.map((file) => join(ROOT, relative(ROOT, join(ROOT, file)))))];
  return unique.filter((file) => !file.includes(`${sep}fixtures${sep}`)).sort(byRank);
}

function byRank(left: string, right: string): number {
  return rank(left) - rank(right) || (left < right ? -1 : 1);
}

function rank(file: string): number {
  const place = FIRST.indexOf(relative(join(ROOT, "test"), file).split(sep)[0] ?? "");
  return place === -1 ? FIRST.length : place;
}

/** Runs test files, as many at once as the machine has cores, and hands on each result as it comes. */
export async function runFiles(
  files: readonly string[],
  signal: AbortSignal,
  onResult: (result: FileResult) => void,
): Promise<void> {
  await inParallel(files, availableParallelism(), async (file) => {
    if (!signal.aborted) onResult(await runFile(file, signal));
  });
}

/** Does `work` on every item, at most `width` at a time, in order of the list. */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
