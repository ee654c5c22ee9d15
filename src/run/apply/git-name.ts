import { nameText, type EntryName } from "../../tools/workspace/entry-name.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";

/**
 * Whether some file system takes a name for `.git`, where git keeps what it runs and obeys: in any case, with
 * characters that HFS+ ignores, with NTFS's trailing dots and spaces, its streams (`.git::$INDEX_ALLOCATION`) and
 * short names (`git~1`), or behind a backslash, which is a separator to some.
 */
function isGitName(name: EntryName): boolean {
  const plain = nameText(name)
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
    .normalize("NFKC")
    .toLowerCase();
  return plain.split("\\").some((part) => /^(?:\.git|git~\d+)[ .]*(?::.*)?$/su.test(part));
}

/** Whether a path is, or lies in, something that could be taken for `.git`. */
export function isGitPath(path: EntryPath): boolean {
  return path.split("/").some(isGitName);
}
