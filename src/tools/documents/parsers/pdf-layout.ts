import { markdownRow, markdownRule } from "./markdown-table.ts";

/** A piece of text and its place on the page; `x` and `y` grow to the right and upwards. */
export interface PdfText {
  readonly str: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly fontSize: number;
}

interface Cell {
  text: string;
  readonly from: number;
  to: number;
}

/** In widths of a letter (half the font's size): a wider gap is a space, a still wider one the next cell. */
const SPACE = 0.3;
const NEXT_CELL = 2.4;

/**
 * The text of a page from its pieces, in the order that the file has them: pieces at one height are a line, and
 * consecutive lines of the same number of cells that stand below each other are a table.
 */
export function pdfPageText(items: readonly PdfText[]): string {
  const pieces = linesOf(items);
  const lines = withSplitHeads(pieces, pieces.map(cellsOf));
  const out: string[] = [];
  for (let at = 0; at < lines.length;) {
    const rows = tableAt(lines, at);
    if (rows.length < 2) {
      out.push((lines[at] ?? []).map((cell) => cell.text).join("  "));
      at += 1;
      continue;
    }
    const [head = [], ...body] = rows.map((row) => row.map((cell) => cell.text));
    out.push("", markdownRow(head), markdownRule(head.length), ...body.map(markdownRow), "");
    at += rows.length;
  }
  return out
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

function linesOf(items: readonly PdfText[]): PdfText[][] {
  const lines: PdfText[][] = [];
  let y = Number.NaN;
  for (const item of items) {
    if (item.str.trim() === "") continue;
    const last = lines.at(-1);
    if (last && Math.abs(item.y - y) <= item.fontSize * 0.4) last.push(item);
    else lines.push([item]);
    y = item.y;
  }
  return lines.map((line) => line.toSorted((a, b) => a.x - b.x));
}

/**
 * The head of a table may stand closer than its rows: where it has a piece for each of their columns, they are its
 * cells.
 */
function withSplitHeads(pieces: readonly (readonly PdfText[])[], lines: readonly Cell[][]): Cell[][] {
  return lines.map((cells, at) => {
    const own = pieces[at] ?? [];
    const below = lines[at + 1] ?? [];
    if (cells.length >= below.length || own.length !== below.length) return cells;
    const split = own.map(({ str, x, width }) => ({ text: str.trim(), from: x, to: x + width }));
    return split.every((cell, index) => overlaps(cell, below[index])) ? split : cells;
  });
}

function cellsOf(line: readonly PdfText[]): Cell[] {
  const cells: Cell[] = [];
  for (const { str, x, width, fontSize } of line) {
    const last = cells.at(-1);
    const gap = last ? (x - last.to) / (fontSize / 2) : Number.POSITIVE_INFINITY;
    if (!last || gap > NEXT_CELL) {
      cells.push({ text: str.trim(), from: x, to: x + width });
      continue;
    }
    last.text += gap > SPACE && !last.text.endsWith(" ") && !str.startsWith(" ") ? ` ${str}` : str;
    last.to = Math.max(last.to, x + width);
  }
  return cells;
}

/** The rows from here on that have as many cells, each below the one above it. */
function tableAt(lines: readonly (readonly Cell[])[], at: number): (readonly Cell[])[] {
  const first = lines[at] ?? [];
  const rows = [first];
  if (first.length < 2) return rows;
  for (let next = at + 1; next < lines.length; next += 1) {
    const row = lines[next] ?? [];
    const above = rows.at(-1) ?? [];
    if (row.length !== first.length || !row.every((cell, index) => overlaps(cell, above[index]))) break;
    rows.push(row);
  }
  return rows;
}

/** Cells of a column may be aligned to either side; a letter's width of tolerance does no harm. */
function overlaps(cell: Cell, above: Cell | undefined): boolean {
  return above !== undefined && cell.from <= above.to + 6 && above.from <= cell.to + 6;
}
