import { stripVTControlCharacters } from "node:util";

/** Text from models, programs and endpoints as it may stand on a screen: nothing in it steers the terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, "");
}

/** The same on one line. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
}
