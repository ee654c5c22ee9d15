import type { SnapshotChange } from "../workspace/diff-snapshots.ts";
import { nameText } from "../workspace/entry-name.ts";

const MOST_NAMED = 10;

/** Which files changed, in a sentence; empty where none did. What git keeps for itself is not told file by file. */
export async function changedFiles(changes: AsyncIterable<SnapshotChange>): Promise<string> {
  const named: string[] = [];
  let count = 0;
  let isRepositoryChanged = false;
  for await (const { path, before, after } of changes) {
    if ((after ?? before)?.kind === "folder") continue;
    if (/^(?:.*\/)?\.git\//.test(path)) {
      isRepositoryChanged = true;
      continue;
    }
    count += 1;
    if (named.length < MOST_NAMED) named.push(`${nameText(path)}${marker(before, after)}`);
  }
  if (count === 0) return isRepositoryChanged ? "It changed what git keeps in .git." : "";
  const more = count > named.length ? ` and ${count - named.length} more` : "";
  return `It changed ${count === 1 ? "1 file" : `${count} files`}: ${named.join(", ")}${more}.`;
}

function marker(before: unknown, after: unknown): string {
  if (before === undefined) return " (new)";
  return after === undefined ? " (removed)" : "";
}
