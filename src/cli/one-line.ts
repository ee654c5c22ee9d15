import { stripVTControlCharacters } from "node:util";

/** Any text as one line that is safe on a screen: no control sequences, no line breaks. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
}
