import stringWidth from "string-width";
import { oneLine } from "../words/printable.ts";

const graphemes = new Intl.Segmenter();
/** Of characters that take one column each, as nearly all are; their width needs no table. */
const SIMPLE = /^[\x20-\x7e]*$/;
/** Of characters that all show, whatever they are. */
const CLEAN = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;
/** A longer text is cut before it is looked at: its rest can be on no screen. */
const MOST_UNITS_A_COLUMN = 16;

/** Columns of a screen that a text takes. */
export function widthOf(text: string): number {
  return SIMPLE.test(text) ? text.length : stringWidth(text);
}

/**
 * Any text on one line of at most `columns`, with an ellipsis where it was cut; nothing in it steers the screen, and no
 * character is cut in half.
 */
export function fitText(text: string, columns: number): string {
  if (columns <= 0) return "";
  const cut = text.slice(0, columns * MOST_UNITS_A_COLUMN);
  if (cut.length === text.length && CLEAN.test(text) && widthOf(text) <= columns) return text;
  const line = oneLine(cut.toWellFormed());
  if (cut.length === text.length && widthOf(line) <= columns) return line;
  return `${widest(line, columns - 1)}…`;
}

/** The end of a text in at most `columns`: of what streams the newest matters. */
export function fitEnd(text: string, columns: number): string {
  const line = oneLine(text.slice(-columns * MOST_UNITS_A_COLUMN).toWellFormed());
  if (widthOf(line) <= columns) return line;
  const parts = [...graphemes.segment(line)].map(({ segment }) => segment).reverse();
  return columns <= 0
    ? ""
    : `…${taken(parts, columns - 1)
        .reverse()
        .join("")}`;
}

function widest(line: string, columns: number): string {
  if (SIMPLE.test(line)) return line.slice(0, columns);
  return taken(
    Array.from(graphemes.segment(line), ({ segment }) => segment),
    columns,
  ).join("");
}

/** As many of the first parts as there is room for. */
function taken(parts: readonly string[], columns: number): string[] {
  let left = columns;
  const end = parts.findIndex((part) => (left -= widthOf(part)) < 0);
  return parts.slice(0, end < 0 ? parts.length : end);
}
