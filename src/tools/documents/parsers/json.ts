import type { ParsedDocument } from "../document.ts";
import { MOST_CHARACTERS } from "../parse-limits.ts";
import { BoundedText } from "../bounded-text.ts";
import { decodeText } from "./decode-text.ts";

const OUTLINE_DEPTH = 4;
const OUTLINE_KEYS = 30;
const OUTLINE_LINES = 120;

/** JSON with an outline of what is in it, then laid out in lines. What is no JSON is shown as the text that it is. */
export async function parseJson(bytes: Uint8Array): Promise<ParsedDocument> {
  const text = decodeText(bytes);
  try {
    const value: unknown = JSON.parse(text);
    const outline = new BoundedText();
    describe(value, "", 0, outline);
    const laidOut = JSON.stringify(value, undefined, 1);
    return shown("a JSON document", `Outline:\n${outline.toString()}\n\nContent:\n${laidOut}`, []);
  } catch (error) {
    const why = error instanceof RangeError ? "it is nested too deeply" : shortly(error);
    return shown("text that can't be read as JSON", text, [`It can't be read as JSON: ${why}.`]);
  }
}

function shown(title: string, text: string, notes: string[]): ParsedDocument {
  if (text.length > MOST_CHARACTERS) notes.push("Only its beginning is shown.");
  return { title, sections: [{ name: "", text: text.slice(0, MOST_CHARACTERS) }], notes, facts: {}, paged: false };
}

function shortly(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").slice(0, 120);
}

let lines = 0;

function describe(value: unknown, name: string, depth: number, out: BoundedText): void {
  if (depth === 0) lines = 0;
  lines += 1;
  if (lines > OUTLINE_LINES) return;
  const indent = "  ".repeat(depth);
  if (Array.isArray(value)) {
    out.add(`${indent}${name}array of ${value.length.toLocaleString("en")}`);
    if (value.length > 0 && depth < OUTLINE_DEPTH) describe(value[0], "each like: ", depth + 1, out);
    return;
  }
  if (typeof value !== "object" || value === null) {
    out.add(`${indent}${name}${value === null ? "null" : typeof value}`);
    return;
  }
  const entries = Object.entries(value);
  out.add(`${indent}${name}object of ${entries.length.toLocaleString("en")} keys`);
  if (depth >= OUTLINE_DEPTH) return;
  for (const [key, inner] of entries.slice(0, OUTLINE_KEYS)) describe(inner, `${key.slice(0, 80)}: `, depth + 1, out);
  if (entries.length > OUTLINE_KEYS) out.add(`${indent}  and ${entries.length - OUTLINE_KEYS} more keys`);
}
