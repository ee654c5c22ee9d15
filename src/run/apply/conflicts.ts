import { nameText } from "../../tools/workspace/entry-name.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";
import type { MergeMessage, StagedVersion } from "./merge-output.ts";
import type { JournalConflict } from "./journal.ts";
import type { Merge } from "./merge-repository.ts";

export interface ConflictSetting {
  readonly team: string;
  /** Whether the versions are left in an index; else the team's of what cannot be marked is put beside yours. */
  readonly indexed: boolean;
  /** Where the team's version of a path is put. */
  readonly beside: ReadonlyMap<EntryPath, EntryPath>;
}

/** The versions that a merge left, by their paths. */
function stagesOf(staged: readonly StagedVersion[]): Map<EntryPath, StagedVersion[]> {
  const stages = new Map<EntryPath, StagedVersion[]>();
  for (const version of staged) stages.set(version.path, [...(stages.get(version.path) ?? []), version]);
  return stages;
}

/** Paths with two versions and nothing marked in the folder: files that are no text, and links. */
export function unmarkedPaths(merge: Merge): EntryPath[] {
  const changed = new Set(merge.changes.map(({ path }) => path));
  return [...stagesOf(merge.staged)].flatMap(([path, versions]) => {
    const stages = versions.map(({ stage }) => stage);
    return stages.includes(2) && stages.includes(3) && !changed.has(path) ? [path] : [];
  });
}

/** What the person has to settle, a sentence each. */
export function conflictsOf(merge: Merge, setting: ConflictSetting): JournalConflict[] {
  const unmarked = new Set(unmarkedPaths(merge));
  const told = new Set<string>();
  const conflicts: JournalConflict[] = [];
  for (const [path, versions] of stagesOf(merge.staged)) {
    const special = merge.messages.find((message) => message.paths.includes(path) && isSpecial(message));
    if (special) told.add(special.text);
    const kind = special ? "other" : kindOf(versions);
    const sentence = special ? plain(special.text) : sentenceOf(kind, path, unmarked.has(path), setting);
    const kept = versions.map(({ stage, mode, object }) => ({ stage, mode, content: object }));
    conflicts.push({ path, kind, sentence, versions: kept });
  }
  for (const message of merge.messages) {
    if (!isSpecial(message) || told.has(message.text)) continue;
    conflicts.push({ path: message.paths[0] ?? "", kind: "other", sentence: plain(message.text), versions: [] });
  }
  return conflicts;
}

function kindOf(versions: readonly StagedVersion[]): JournalConflict["kind"] {
  const stages = versions.map(({ stage }) => stage).join("");
  if (stages === "123") return "both-changed";
  if (stages === "23") return "both-added";
  if (stages === "12") return "removed-by-team";
  return stages === "13" ? "removed-by-you" : "other";
}

function sentenceOf(
  kind: JournalConflict["kind"],
  path: EntryPath,
  unmarked: boolean,
  { team, indexed, beside }: ConflictSetting,
): string {
  const theirs = beside.get(path);
  const elsewhere = theirs === undefined ? "" : `; ${team}'s is beside it: ${nameText(theirs)}`;
  const kept = indexed ? `yours is kept; git checkout --theirs takes ${team}'s` : `yours is kept${elsewhere}`;
  switch (kind) {
    case "both-changed":
      return unmarked
        ? `You and ${team} changed it: ${kept}.`
        : `You and ${team} changed it: settle the marked places.`;
    case "both-added":
      return unmarked ? `You and ${team} added it: ${kept}.` : `You and ${team} added it: settle the marked places.`;
    case "removed-by-team":
      return `You changed it, ${team} removed it: yours is kept.`;
    case "removed-by-you":
      return `You removed it, ${team} changed it: ${team}'s version is there again.`;
    case "other":
      return `You and ${team} changed it in ways that do not go together.`;
  }
}

/** Conflicts about more than one path's content, which git's own words tell best. */
function isSpecial({ type }: MergeMessage): boolean {
  return /^CONFLICT \(.*(?:rename|directory|distinct|collision)/.test(type);
}

/** Without git's heading, on one line. */
function plain(text: string): string {
  return nameText(text)
    .replace(/^CONFLICT \([^)]*\): /, "")
    .replace(/\s+/g, " ");
}
