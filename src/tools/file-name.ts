import path from "node:path";

const LONGEST_NAME = 120;

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
  const shortExtension = [...ext].slice(0, 20).join("");
  return [...name].slice(0, LONGEST_NAME - shortExtension.length).join("") + shortExtension;
}

/** The name, or the name with a number, so that it is not `taken` (in any case: some disks know no case). */
export function distinctFileName(name: string, taken: Set<string>): string {
  const { name: stem, ext } = path.parse(name);
  let distinct = name;
  for (let count = 2; taken.has(distinct.toLowerCase()); count += 1) distinct = `${stem}-${count}${ext}`;
  taken.add(distinct.toLowerCase());
  return distinct;
}
