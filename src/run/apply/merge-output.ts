import { nameOfBytes } from "../../tools/workspace/entry-name.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";
import { M1Error } from "../../base/errors.ts";

/** A version of a path that the merge could not bring together. Stage 1 is the base's, 2 yours, 3 theirs. */
export interface StagedVersion {
  readonly path: EntryPath;
  readonly mode: string;
  readonly object: string;
  readonly stage: 1 | 2 | 3;
}

/** What git says of some paths. `type` is the same in every version of git. */
export interface MergeMessage {
  readonly paths: readonly EntryPath[];
  readonly type: string;
  readonly text: string;
}

export interface MergeOutput {
  /** The tree that the merge leaves, conflicts and all. */
  readonly tree: string;
  readonly staged: readonly StagedVersion[];
  readonly messages: readonly MergeMessage[];
}

/** Reads what `git merge-tree --write-tree -z --messages` prints: fields that end with NUL, in three parts. */
export function parseMergeOutput(output: Buffer): MergeOutput {
  const fields = nameOfBytes(output).split("\0").values();
  const next = (): string => {
    const field = fields.next();
    if (field.done) throw new M1Error("git-failed", "git merge-tree printed something else than expected.");
    return field.value;
  };
  const tree = next();
  const staged: StagedVersion[] = [];
  const messages: MergeMessage[] = [];
  for (let field = fields.next(); !field.done && field.value !== ""; field = fields.next()) {
    staged.push(stagedVersion(field.value));
  }
  for (let count = fields.next(); !count.done && count.value !== ""; count = fields.next()) {
    const paths = Array.from({ length: Number(count.value) }, next);
    messages.push({ paths, type: next(), text: next().trim() });
  }
  return { tree, staged, messages };
}

function stagedVersion(field: string): StagedVersion {
  const [, mode = "", object = "", stage = "", path = ""] = /^(\d+) ([0-9a-f]+) ([123])\t(.*)$/s.exec(field) ?? [];
  if (mode === "") throw new M1Error("git-failed", "git merge-tree printed something else than expected.");
  return { path, mode, object, stage: Number(stage) as 1 | 2 | 3 };
}
