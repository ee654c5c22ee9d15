import { BoundedText } from "../bounded-text.ts";
import type { ParsedDocument } from "../document.ts";
import type { ArchiveEntry } from "./zip-folder.ts";
import { count } from "./count.ts";

const LISTED = 5_000;

/** Members that are read out of an archive may have so many bytes. */
export const MOST_MEMBER_BYTES = 64 * 1024 ** 2;

/** What an archive holds, with sizes; nothing is unpacked. */
export function archiveList(title: string, entries: readonly ArchiveEntry[], cut: boolean): ParsedDocument {
  const text = new BoundedText();
  for (const entry of entries.slice(0, LISTED)) text.add(entryLine(entry));
  const files = entries.filter((entry) => entry.kind === "file");
  const bytes = files.reduce((sum, entry) => sum + entry.bytes, 0);
  const left = entries.length - Math.min(entries.length, LISTED);
  const notes = [
    ...(cut ? [`It has more members than the ${entries.length.toLocaleString("en")} that were looked at.`] : []),
    ...(left > 0 ? [`${left.toLocaleString("en")} more members are not shown.`] : []),
    'A member is read by naming it as "part".',
  ];
  return {
    title: `${title} of ${count(files.length, "file")}, ${bytes.toLocaleString("en")} bytes unpacked`,
    sections: [{ name: "", text: text.toString() || "(It is empty.)" }],
    notes,
    facts: { members: entries.length, unpackedBytes: bytes },
    paged: false,
  };
}

function entryLine({ name, bytes, kind, encrypted }: ArchiveEntry): string {
  const shown = name.replaceAll(/[\r\n]/g, "?");
  if (kind === "folder") return `${shown}  (folder)`;
  if (kind !== "file") return `${shown}  (${kind})`;
  return `${shown}  ${bytes.toLocaleString("en")} bytes${encrypted ? ", protected by a password" : ""}`;
}
