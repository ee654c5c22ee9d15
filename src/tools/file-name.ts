import path from "node:path";

/** In bytes: file systems allow 255, and a number may be added. */
const LONGEST_NAME = 200;
const LONGEST_EXTENSION = 40;

/**
 * A name that is safe to create in a team's folder, whatever was given: no path, no control
 * character, never `.`, `..` or empty, nothing that a program could take for an option.
 */
export function safeFileName(given: string): string {
  const last = given.split(/[/\\]/).findLast((part) => part !== "") ?? "";
  const printable = last
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "_")
    .trim();
  const named = /^\.*$/.test(printable) ? "file" : printable.replace(/^-/, "_");
  const { name, ext } = path.parse(named);
  const extension = cut(ext, LONGEST_EXTENSION);
  return cut(name, LONGEST_NAME - Buffer.byteLength(extension)) + extension;
}

/** The beginning that has at most so many bytes as UTF-8, no character cut in two. */
function cut(text: string, bytes: number): string {
  let kept = "";
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}

/** The name, or the name with a number, so that it is not `taken` (in any case: some disks know no case). */
export function distinctFileName(name: string, taken: Set<string>): string {
  const { name: stem, ext } = path.parse(name);
  let distinct = name;
  for (let count = 2; taken.has(distinct.toLowerCase()); count += 1) distinct = `${stem}-${count}${ext}`;
  taken.add(distinct.toLowerCase());
  return distinct;
}
