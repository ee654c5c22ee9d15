/** One place where a text holds what was looked for. */
export interface TextHit {
  /** Of the page, 1 being the first. */
  readonly page: number;
  /** What stands around it, in one line. */
  readonly excerpt: string;
}

const AROUND = 100;
const LONGEST_QUERY = 200;

/**
 * What is looked for, as an expression: any case, white space however it is, `*` for anything within a line. No
 * expression of the asker's own, since one could take for ever.
 */
export function searchExpression(query: string): RegExp {
  const words = query.slice(0, LONGEST_QUERY).trim().split(/\s+/);
  const pattern = words.map((word) => word.split(/\*+/).map(escaped).join("[^\\n]{0,80}?")).join("\\s+");
  return new RegExp(pattern, "giu");
}

/** The hits on one page, at most so many. */
export function hitsOn(text: string, page: number, expression: RegExp, most: number): TextHit[] {
  const hits: TextHit[] = [];
  for (const found of text.matchAll(expression)) {
    if (hits.length >= most) break;
    if (found[0] === "") continue;
    hits.push({ page, excerpt: excerpt(text, found.index, found[0].length) });
  }
  return hits;
}

function excerpt(text: string, at: number, length: number): string {
  const from = Math.max(0, at - AROUND);
  const to = Math.min(text.length, at + length + AROUND);
  const inner = text.slice(from, to).replaceAll(/\s+/g, " ").trim().toWellFormed();
  return `${from > 0 ? "…" : ""}${inner}${to < text.length ? "…" : ""}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
