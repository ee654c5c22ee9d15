import { isUtf8 } from "node:buffer";
import { structuredPatch, type StructuredPatchHunk } from "diff";
import type { BlobStore } from "../../log/run-log.ts";
import { nameBytes, nameText } from "../../tools/workspace/entry-name.ts";
import { diffSnapshots } from "../../tools/workspace/diff-snapshots.ts";
import type { SnapshotEntry } from "../../tools/workspace/manifest-bytes.ts";
import type { SnapshotId } from "../../tools/workspace/manifest.ts";
import type { EntryPath } from "../../tools/workspace/read-snapshot.ts";
import { isGitPath } from "../apply/git-name.ts";

/** Larger files are named, not compared. */
const LARGEST_TEXT = 1024 ** 2;
/** Lines added and removed; beyond it the comparison would take seconds, and nobody reads it. */
const MOST_EDITS = 4000;

/** What became of one file or link. */
export interface FileDiff {
  readonly path: string;
  readonly change: "added" | "changed" | "removed";
  /** In git's format, with its line's end; files that are no text are only named. */
  readonly patch: string;
}

export interface TeamDiff {
  readonly files: AsyncIterable<FileDiff>;
  /** How many entries of `.git` folders differ, once all files are read: they are not shown. */
  readonly gitPaths: () => number;
}

/** What differs between two snapshots of a team's folder, file by file. Folders by themselves are not shown. */
export function teamDiff(blobs: BlobStore, first: SnapshotId, last: SnapshotId): TeamDiff {
  let gitPaths = 0;
  async function* files(): AsyncGenerator<FileDiff> {
    for await (const { path, before, after } of diffSnapshots(blobs, first, last)) {
      const [old, now] = [versionOf(before), versionOf(after)];
      if (!old && !now) continue;
      if (isGitPath(path)) gitPaths += 1;
      else if (!old || !now || !isSame(old, now)) yield await fileDiff(blobs, path, old, now);
    }
  }
  return { files: files(), gitPaths: () => gitPaths };
}

type Version = Exclude<SnapshotEntry, { kind: "folder" }>;

function versionOf(entry: SnapshotEntry | undefined): Version | undefined {
  return entry?.kind === "folder" ? undefined : entry;
}

/** Git knows no modes but the right to execute. */
function isSame(old: Version, now: Version): boolean {
  return old.kind === "file" && now.kind === "file" && old.blob === now.blob && modeOf(old) === modeOf(now);
}

async function fileDiff(
  blobs: BlobStore,
  path: EntryPath,
  old: Version | undefined,
  now: Version | undefined,
): Promise<FileDiff> {
  const change = !old ? "added" : now ? "changed" : "removed";
  // A link in the place of a file, or the other way round: git removes the one and adds the other.
  const parts = old && now && old.kind !== now.kind ? ([[old], [undefined, now]] as const) : ([[old, now]] as const);
  let patch = "";
  for (const [before, after] of parts) patch += await patchOf(blobs, path, before, after);
  return { path: nameText(path), change, patch };
}

async function patchOf(
  blobs: BlobStore,
  path: EntryPath,
  old: Version | undefined,
  now: Version | undefined,
): Promise<string> {
  const names = { old: quotedName("a/", path), now: quotedName("b/", path) };
  const head = `diff --git ${names.old} ${names.now}\n${modeLines(old, now)}`;
  return `${head}${await body(blobs, names, old, now)}`;
}

async function body(
  blobs: BlobStore,
  names: { readonly old: string; readonly now: string },
  old: Version | undefined,
  now: Version | undefined,
): Promise<string> {
  if (old?.kind === "file" && now?.kind === "file" && old.blob === now.blob) return "";
  const sides = { old: old ? names.old : "/dev/null", now: now ? names.now : "/dev/null" };
  const differ = `${sides.old} and ${sides.now} differ`;
  const [before, after] = [await textOf(blobs, old), await textOf(blobs, now)];
  if (before === "large" || after === "large")
    return `Large files ${differ}: ${sizeOf(old)} and ${sizeOf(now)} bytes\n`;
  if (before === "binary" || after === "binary") return `Binary files ${differ}\n`;
  const hunks = hunksOf(before.text, after.text);
  if (!hunks) return `Files ${differ} in more than ${MOST_EDITS} lines\n`;
  return hunks.length === 0 ? "" : `--- ${sides.old}\n+++ ${sides.now}\n${hunks.map(hunkText).join("")}`;
}

/** Undefined where there are too many. */
function hunksOf(before: string, after: string): readonly StructuredPatchHunk[] | undefined {
  const limits = { context: 3, maxEditLength: MOST_EDITS };
  return structuredPatch("", "", before, after, undefined, undefined, limits)?.hunks;
}

function hunkText({ oldStart, oldLines, newStart, newLines, lines }: StructuredPatchHunk): string {
  // A side without lines begins at the line before it.
  const old = oldLines === 0 ? oldStart - 1 : oldStart;
  const now = newLines === 0 ? newStart - 1 : newStart;
  return `@@ -${old},${oldLines} +${now},${newLines} @@\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** A file's lines as text; a link's are where it leads. */
async function textOf(blobs: BlobStore, version: Version | undefined): Promise<{ text: string } | "binary" | "large"> {
  if (!version) return { text: "" };
  if (version.kind === "file" && version.bytes > LARGEST_TEXT) return "large";
  const bytes = version.kind === "link" ? nameBytes(version.target) : await blobs.get(version.blob);
  return isUtf8(bytes) && !bytes.includes(0) ? { text: Buffer.from(bytes).toString() } : "binary";
}

function modeLines(old: Version | undefined, now: Version | undefined): string {
  if (!old) return now ? `new file mode ${modeOf(now)}\n` : "";
  if (!now) return `deleted file mode ${modeOf(old)}\n`;
  return modeOf(old) === modeOf(now) ? "" : `old mode ${modeOf(old)}\nnew mode ${modeOf(now)}\n`;
}

function modeOf(version: Version): string {
  if (version.kind === "link") return "120000";
  return (version.mode & 0o100) === 0 ? "100644" : "100755";
}

function sizeOf(version: Version | undefined): number {
  if (!version) return 0;
  return version.kind === "file" ? version.bytes : version.target.length;
}

/** A path as git writes it: in the quotes of C where it would not be read as it is. */
function quotedName(prefix: string, path: EntryPath): string {
  const bytes = nameBytes(path);
  const text = bytes.toString();
  if (isUtf8(bytes) && !/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return prefix + text;
  const escaped = path.replace(/["\\]|[^\x20-\x7e]/gs, (byte) =>
    byte === '"' || byte === "\\" ? `\\${byte}` : `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `"${prefix}${escaped}"`;
}
