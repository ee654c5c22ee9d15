import { z } from "zod";
import { UsageError } from "../../base/errors.ts";
import type { ToolResult } from "../../events/tool-call.ts";
import { plainText } from "../sandbox/terminal-text.ts";
import { defineTool, type Tool } from "../tool.ts";
import { profileCsv, type CsvProfile } from "./csv-profile.ts";
import { fileKind, SAMPLE_BYTES, type FileKind } from "./file-kind.ts";
import { shown, withFile, type OpenFile } from "./open-file.ts";
import { pageCount, readBytes, textPage } from "./text-pages.ts";

const TABLE_NAME = /\.(csv|tsv|tab)$/i;
const CELL_CHARACTERS = 80;
const ROW_CHARACTERS = 1_000;
const DESCRIBED_COLUMNS = 60;

const parameters = z.object({
  path: z.string().min(1),
  page: z.int().min(1).default(1),
});

/**
 * FileSurfer's tool for text and tables. The first page of a table says what it is (rows, columns, their
 * types and values) after its first lines; all pages of text, and a table's from the second on, are the
 * file's own text. A file it cannot read costs a sentence, never a failure.
 */
export const readFileTool: Tool = defineTool({
  name: "read-file",
  description:
    "Reads a text file or table (CSV) of the team's folder, a page at a time. The first page of a table shows its " +
    "first lines, its columns with their types and values, and the number of rows; the next pages are its text.",
  parameters,
  declare: () => ({ effect: "read", egress: [] }),
  async call({ path, page }, { workspace, signal }) {
    try {
      return await withFile(workspace, path, (file) => readPage(file, path, page, signal));
    } catch (error) {
      if (error instanceof UsageError) return { text: error.message, facts: { path, error: error.code } };
      throw error;
    }
  },
});

type Text = Extract<FileKind, { kind: "text" }>;

async function readPage(file: OpenFile, path: string, page: number, signal: AbortSignal): Promise<ToolResult> {
  const { bytes } = file;
  if (bytes === 0) return { text: `${shown(path)} is empty.`, facts: { path, bytes } };
  const sample = await readBytes(file, 0, SAMPLE_BYTES);
  const kind = fileKind(sample, sample.length === bytes);
  const size = `${bytes.toLocaleString("en")} bytes`;
  if (kind.kind === "binary") {
    const text = `${shown(path)} is ${kind.name} (${size}): it can't be read as text yet; use the terminal.`;
    return { text, facts: { path, bytes, error: "file-binary" } };
  }
  // A table's head is a page of its own before the text, table or not: so no page depends on reading it through.
  const headPages = TABLE_NAME.test(path) ? 1 : 0;
  const pages = pageCount(file) + headPages;
  const facts = { path, bytes, page, pages };
  if (page > pages) {
    const text = `${shown(path)} has ${pages} page${pages === 1 ? "" : "s"}; there is no page ${page}.`;
    return { text, facts: { ...facts, error: "page-missing" } };
  }
  const place = pages > 1 ? `${size}, page ${page} of ${pages}` : size;
  if (page <= headPages) return await tablePage(file, kind, { title: path, place, facts }, signal);
  const content = await textPage(file, kind, page - headPages);
  return { text: `${path}: text (${place}${encodingNote(kind)})\n${content}`, facts };
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
