import type { CellValue, Sheet, Workbook } from "hucre";
import { BoundedText } from "../bounded-text.ts";
import type { DocumentSection, ParsedDocument } from "../document.ts";
import { DocumentProblem } from "../document-problem.ts";
import { MOST_CHARACTERS } from "../parse-limits.ts";
import { count } from "./count.ts";

export type WorkbookKind = "xlsx" | "xlsb" | "xls" | "ods";

const MOST_SHEETS = 200;
const READERS = { xlsx: "readXlsx", xlsb: "readXlsb", xls: "readXls", ods: "readOds" } as const;
const NAMES = { xlsx: "an Excel workbook", xlsb: "an Excel workbook", xls: "an Excel workbook", ods: "a spreadsheet" };

/** A workbook: first its sheets by name, then each as CSV of the values that its cells show. */
export async function parseWorkbook(bytes: Uint8Array, kind: WorkbookKind): Promise<ParsedDocument> {
  const hucre = await import("hucre");
  const workbook = await opened(hucre[READERS[kind]](bytes));
  const sheets = workbook.sheets.slice(0, MOST_SHEETS).map(trimmed);
  let room = MOST_CHARACTERS;
  const notes: string[] = [];
  const sections = sheets.map((sheet): DocumentSection => {
    const text = new BoundedText(room);
    const shownRows = sheet.rows.findIndex((row) => !text.add(csvRow(row, sheet.columns)));
    room -= text.characters;
    if (text.isFull) notes.push(`Of sheet "${sheet.name}" only the first ${shownRows} rows are shown.`);
    const head = text.toString().split("\n", 1)[0] ?? "";
    return { name: sheetName(sheet.name), text: text.toString() || "(This sheet is empty.)", head };
  });
  if (workbook.sheets.length > MOST_SHEETS) notes.push(`Only its first ${MOST_SHEETS} sheets are shown.`);
  const outline = sheets.map((sheet) => `- ${sheetLine(sheet)}`).join("\n");
  return {
    title: `${NAMES[kind]} of ${count(workbook.sheets.length, "sheet")}`,
    sections: [{ name: "its sheets", text: outline }, ...sections],
    notes,
    facts: { sheets: workbook.sheets.length },
    paged: false,
  };
}

/** How a sheet is named as a part of its workbook. */
function sheetName(name: string): string {
  return `sheet ${JSON.stringify(name)}`;
}

interface TrimmedSheet {
  readonly name: string;
  readonly hidden: boolean;
  readonly rows: readonly (readonly CellValue[])[];
  readonly columns: number;
}

/** Without the empty rows at its end and the empty columns at its right. */
function trimmed({ name, rows, hidden, veryHidden }: Sheet): TrimmedSheet {
  const last = rows.findLastIndex((row) => row.some(isFilled));
  const kept = rows.slice(0, last + 1);
  const columns = kept.reduce((most, row) => Math.max(most, row.findLastIndex(isFilled) + 1), 0);
  return { name, hidden: hidden === true || veryHidden === true, rows: kept, columns };
}

function isFilled(value: CellValue | undefined): boolean {
  return value !== null && value !== undefined && value !== "";
}

function sheetLine({ name, rows, columns, hidden }: TrimmedSheet): string {
  const size = rows.length === 0 ? "empty" : `${count(rows.length, "row")} and ${count(columns, "column")}`;
  return `${JSON.stringify(name)}: ${size}${hidden ? ", hidden" : ""}`;
}

function csvRow(row: readonly CellValue[], columns: number): string {
  return Array.from({ length: columns }, (_, index) => csvCell(row[index])).join(",");
}

function csvCell(value: CellValue | undefined): string {
  if (value === null || value === undefined) return "";
  const text = value instanceof Date ? dateText(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""').replaceAll(/\r?\n|\r/g, " ")}"` : text;
}

/** A day without a time of day is the day alone. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return "(no date)";
  const iso = date.toISOString();
  return iso.endsWith("T00:00:00.000Z") ? iso.slice(0, 10) : iso.slice(0, 19).replace("T", " ");
}

async function opened(opening: Promise<Workbook>): Promise<Workbook> {
  try {
    return await opening;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    if (cause.name === "EncryptedFileError") {
      throw new DocumentProblem("document-encrypted", "is protected by a password", { cause });
    }
    // The library refuses before it makes room for them; its own words are for programmers.
    const size = /^Sheet .{0,200} spans (\d+) rows x (\d+) columns/s.exec(cause.message);
    if (!size) throw cause;
    const problem = `has a sheet that spans ${size[1]} rows and ${size[2]} columns: too many cells`;
    throw new DocumentProblem("document-too-large", problem, { cause });
  }
}
