import type { EntryName } from "../../tools/workspace/entry-name.ts";

/** A path of any bytes as git reads it in its inputs, in the quotes of C. */
export function quoted(path: EntryName): string {
  const plain = path.replace(/[^\w./-]/gs, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`);
  return `"${plain}"`;
}
