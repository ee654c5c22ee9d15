import { counted } from "../../base/counted.ts";
import { z } from "zod";
import type { ToolResult } from "../../events/tool-call.ts";
import { plainText } from "../sandbox/terminal-text.ts";
import { defineTool, type Tool } from "../tool.ts";
import { profileCsv, type CsvProfile } from "./csv-profile.ts";
import type { DocumentShelf } from "../documents/document-shelf.ts";
import type { PagedDocument } from "../documents/paged-document.ts";
import type { FileKind } from "./file-kind.ts";
import { shown, withFile, type OpenFile } from "./open-file.ts";
import { asResult, openReadable, pagePlace, type ReadSurroundings } from "./page-source.ts";
import { isTableName } from "./table-name.ts";
import { pageCount, textPage } from "./text-pages.ts";

const CELL_CHARACTERS = 80;
const ROW_CHARACTERS = 1_000;
const DESCRIBED_COLUMNS = 60;

const parameters = z.object({
  path: z.string().min(1),
  page: z.int().min(1).default(1),
  /** A sheet of a workbook, a member of an archive. */
  part: z.string().min(1).optional(),
});

/**
 * FileSurfer's tool to read a file a page at a time: text and tables as they stand, documents as Markdown. The first
 * page of a table says what it is (rows, columns, their types and values) after its first lines; all pages of text,
 * and a table's from the second on, are the file's own text. A file it cannot read costs a sentence, never a failure.
 */
export function readFileTool(shelf: DocumentShelf): Tool {
  return defineTool({
    name: "read-file",
    description:
      "Reads a file of the team's folder, a page at a time: text, tables (CSV), PDF, Word, Excel, PowerPoint, HTML, JSON, " +
      "and the lists of archives. The first page of a table shows its first lines, its columns with their types and " +
      "values, and the number of rows; the next pages are its text. A sheet of a workbook or a member of an archive is a part.",
    parameters,
    declare: () => ({ effect: "read", egress: [] }),
    async call({ path, page, part }, { workspace, signal, clock }) {
      try {
        const surroundings = { shelf, clock, signal };
        return await withFile(workspace, path, (file) => readPage(file, { path, page, part }, surroundings));
      } catch (error) {
        return asResult(path, error);
      }
    },
  });
}

type Text = Extract<FileKind, { kind: "text" }>;

async function readPage(
  file: OpenFile,
  { path, page, part }: z.output<typeof parameters>,
  surroundings: ReadSurroundings,
): Promise<ToolResult> {
  const { bytes } = file;
  const readable = await openReadable(file, { path, part }, surroundings);
  if (readable.kind === "empty") return { text: `${shown(path)} is empty.`, facts: { path, bytes } };
  const size = `${bytes.toLocaleString("en")} bytes`;
  if (readable.kind === "document") {
    const title = part === undefined ? path : `${path}, ${part}`;
    return documentPage(readable.document, page, { title, place: size, facts: { path, bytes } });
  }
  const { text: kind } = readable;
  // A table's head is a page of its own before the text, table or not: so no page depends on reading it through.
  const headPages = isTableName(path) ? 1 : 0;
  const pages = pageCount(file) + headPages;
  const facts = { path, bytes, page, pages };
  if (page > pages) return noPage(path, facts);
  const place = pages > 1 ? `${size}, page ${page} of ${pages}` : size;
  if (page <= headPages) {
    return await tablePage(file, kind, { title: path, place, facts }, surroundings.signal);
  }
  const content = await textPage(file, kind, page - headPages);
  return { text: `${path}: text (${place}${encodingNote(kind)})\n${content}`, facts };
}

function noPage(path: string, facts: { readonly page: number; readonly pages: number }): ToolResult {
  const { page, pages } = facts;
  const text = `${shown(path)} has ${counted(pages, "page")}; there is no page ${page}.`;
  return { text, facts: { ...facts, path, error: "page-missing" } };
}

/** A page of what was parsed; the first one also says what is to be known of the whole. */
function documentPage(document: PagedDocument, page: number, { title, place, facts }: Heading): ToolResult {
  const pages = document.pages.length;
  const found = document.pages[page - 1];
  if (!found) return noPage(title, { ...facts, page, pages });
  const where = pages > 1 ? `${place}, ${pagePlace(found, page, pages)}` : place;
  const about = page === 1 ? [...metadataLines(document.facts), ...document.notes] : [];
  const lines = [`${title}: ${document.title} (${where})`, ...about, found.text];
  return { text: lines.join("\n"), facts: { ...facts, ...document.facts, page, pages } };
}

function metadataLines(facts: PagedDocument["facts"]): string[] {
  const known = (["title", "author"] as const).flatMap((key) => (key in facts ? [`${key}: ${facts[key]}`] : []));
  return known.length > 0 ? [`(${known.join("; ")})`] : [];
}

interface Heading {
  readonly title: string;
  readonly place: string;
  readonly facts: ToolResult["facts"];
}

/** What the table is; where the text is none, why not, and how it begins. */
async function tablePage(file: OpenFile, kind: Text, heading: Heading, signal: AbortSignal): Promise<ToolResult> {
  const { title, place, facts } = heading;
  try {
    const profile = await profileCsv(file, kind, signal);
    const rows = `${profile.estimated ? "about " : ""}${profile.rows.toLocaleString("en")} rows`;
    const delimiter = profile.delimiter === "\t" ? "tabs" : JSON.stringify(profile.delimiter);
    const form = `a table of ${rows} and ${profile.columns.length} columns, delimited by ${delimiter}`;
    const text = `${title}: ${form} (${place}${encodingNote(kind)}). It begins:\n${describeTable(profile)}`;
    return { text, facts: { ...facts, rows: profile.rows, columns: profile.columns.length } };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error && "code" in error && String(error.code).startsWith("CSV_"))) throw error;
    const why = plainText(error.message).slice(0, 200);
    const content = await textPage(file, kind, 1);
    const text = `${title}: text that can't be read as a table: ${why} (${place}${encodingNote(kind)})\n${content}`;
    return { text, facts };
  }
}

function describeTable(profile: CsvProfile): string {
  const { columns, head, delimiter, ragged, hasHeader } = profile;
  const listed = columns.slice(0, DESCRIBED_COLUMNS).map((column) => `- ${column.describe()}`);
  const notes = [
    columns.length > listed.length ? `- and ${columns.length - listed.length} more columns` : "",
    hasHeader ? "" : "The first line looks like data, not like names of columns.",
    ragged > 0 ? `${ragged.toLocaleString("en")} rows have another number of cells than the first line.` : "",
  ];
  const lines = [...head.map((row) => rowLine(row, delimiter)), "", "Columns:", ...listed, ...notes.filter(Boolean)];
  return plainText(lines.join("\n"));
}

function rowLine(row: readonly string[], delimiter: string): string {
  const cells = row.slice(0, DESCRIBED_COLUMNS).map((cell) => {
    const short = cell.length > CELL_CHARACTERS ? `${cell.slice(0, CELL_CHARACTERS)}…` : cell;
    return /["\r\n]/.test(short) || short.includes(delimiter) ? `"${short.replaceAll('"', '""')}"` : short;
  });
  return cells.join(delimiter).slice(0, ROW_CHARACTERS);
}

function encodingNote(kind: Text): string {
  return kind.encoding === "utf-8" ? "" : `, read as ${kind.encoding}`;
}
