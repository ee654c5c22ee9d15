import { UsageError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { ToolResult } from "../../events/tool-call.ts";
import { documentFormat } from "../documents/document-format.ts";
import { DocumentProblem } from "../documents/document-problem.ts";
import type { DocumentShelf } from "../documents/document-shelf.ts";
import type { DocumentPage, PagedDocument } from "../documents/paged-document.ts";
import { fileKind, SAMPLE_BYTES, type FileKind } from "./file-kind.ts";
import { shown, type OpenFile } from "./open-file.ts";
import { readBytes } from "./text-pages.ts";

type Text = Extract<FileKind, { kind: "text" }>;

/** What a file is to a reader: text that is read as it stands, or a document that was parsed. */
export type Readable =
  | { readonly kind: "empty" }
  | { readonly kind: "text"; readonly text: Text }
  | { readonly kind: "document"; readonly document: PagedDocument };

export interface ReadSurroundings {
  readonly shelf: DocumentShelf;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Finds out what an open file is, and parses it where it is a document. Throws `UsageError` with one sentence for
 * whatever cannot be read: `file-binary`, or the code of a `DocumentProblem`.
 */
export async function openReadable(
  file: OpenFile,
  { path, part }: { readonly path: string; readonly part?: string | undefined },
  { shelf, clock, signal }: ReadSurroundings,
): Promise<Readable> {
  if (file.bytes === 0) return { kind: "empty" };
  const sample = await readBytes(file, 0, SAMPLE_BYTES);
  const format = documentFormat(sample, path);
  if (format !== undefined) {
    // A sheet is a section of its workbook, so it is no part that only the parser knows.
    const member = part === undefined || !isArchive(format) ? {} : { part };
    const whole = await parsed(path, sample, () => shelf.open({ file, name: path, format }, { clock, signal }));
    if (part === undefined) return { kind: "document", document: whole };
    const section = sectionOf(whole, part);
    if (section) return { kind: "document", document: section };
    if (!("part" in member) || whole.facts["members"] === undefined) throw noPart(path, part, whole);
    const request = { file, name: path, format, ...member };
    const document = await parsed(`${path}, ${part}`, sample, () => shelf.open(request, { clock, signal }));
    return { kind: "document", document };
  }
  const kind = fileKind(sample, sample.length === file.bytes);
  if (kind.kind === "binary") {
    const size = `${file.bytes.toLocaleString("en")} bytes`;
    throw new UsageError(
      "file-binary",
      `${shown(path)} is ${kind.name} (${size}): it can't be read as text; use the terminal.`,
    );
  }
  if (part !== undefined) throw new UsageError("part-missing", `${shown(path)} is text: it has no parts.`);
  return { kind: "text", text: kind };
}

function isArchive(format: string): boolean {
  return format === "zip" || format === "tar" || format === "gzip";
}

async function parsed(path: string, sample: Buffer, parse: () => Promise<PagedDocument>): Promise<PagedDocument> {
  try {
    return await parse();
  } catch (error) {
    if (!(error instanceof DocumentProblem)) throw error;
    const kind = fileKind(sample, false);
    const isDamaged = error.code === "document-damaged" && kind.kind === "binary";
    const why = `${isDamaged ? `is ${kind.name} that ` : ""}${error.message.replace(/\.$/, "")}`;
    throw new UsageError(error.code, `${shown(path)} ${why}. The terminal may do better.`, { cause: error });
  }
}

/** The pages of one sheet, slide or page. A sheet may be named as it is or as its pages say. */
function sectionOf(document: PagedDocument, part: string): PagedDocument | undefined {
  const names = [part, `sheet ${JSON.stringify(part)}`].map((name) => name.toLowerCase());
  const pages = document.pages.filter((page) => names.includes(page.section.toLowerCase()));
  if (pages.length === 0) return undefined;
  return { ...document, title: `${pages[0]?.section ?? part} of ${document.title}`, pages };
}

function noPart(path: string, part: string, { pages }: PagedDocument): UsageError {
  const parts = [...new Set(pages.map((page) => page.section))].filter((name) => name !== "").slice(0, 20);
  const there = parts.length === 0 ? "It has no parts." : `Its parts are: ${parts.join(", ")}.`;
  return new UsageError("part-missing", `${shown(path)} has no part ${shown(part)}. ${there}`);
}

/** A failure that costs a sentence; any other is the tool's own. */
export function asResult(path: string, error: unknown): ToolResult {
  if (error instanceof UsageError) return { text: error.message, facts: { path, error: error.code } };
  throw error;
}

/** `page 3 of 17`, with the section that it is of where the document has some. */
export function pagePlace(page: DocumentPage, number: number, pages: number): string {
  const own = `page ${number} of ${pages}`;
  const isItself = page.section === "" || page.section === `page ${number}`;
  return isItself ? own : `${own}: ${page.section}`;
}
