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

/** What does not show, or steers how others are shown: controls, formats, fillers, all spaces but the plain one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/**
 * Any JSON on one line, in full and such that different values look different: what would not be seen, or would
 * show others in another order, stands there by its code.
 */
export function exactly(value: unknown): string {
  const code = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return (JSON.stringify(value) ?? "").replace(UNSEEN, (character) => character.split("").map(code).join(""));
}
