import type { StructuredTextItem } from "unpdf";
import type { DocumentSection, ParsedDocument } from "../document.ts";
import { MOST_CHARACTERS } from "../parse-limits.ts";
import { DocumentProblem } from "../document-problem.ts";
import { count } from "./count.ts";
import { pdfPageText } from "./pdf-layout.ts";

const MOST_PAGES = 5_000;

/** Reads a PDF's text page by page, tables as far as their cells stand in rows. Never runs its scripts. */
export async function parsePdf(bytes: Uint8Array): Promise<ParsedDocument> {
  const { getDocumentProxy } = await import("unpdf");
  const pdf = await opened(getDocumentProxy(bytes, { verbosity: 0 }));
  const pages = Math.min(pdf.numPages, MOST_PAGES);
  const sections: DocumentSection[] = [];
  const notes: string[] = [];
  let characters = 0;
  let withText = 0;
  for (let number = 1; number <= pages && characters < MOST_CHARACTERS; number += 1) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const text = pdfPageText(items.flatMap((item) => ("str" in item ? [placed(item)] : [])));
    page.cleanup();
    if (text !== "") withText += 1;
    characters += text.length;
    sections.push({
      name: `page ${number}`,
      text: text === "" ? "(This page has no text; it may be a picture.)" : text,
    });
  }
  if (sections.length < pdf.numPages) notes.push(`Only its first ${sections.length} pages are shown.`);
  if (withText === 0) notes.push("No page has text: it may be scanned, and text recognition is not here.");
  const title = `a PDF document of ${count(pdf.numPages, "page")}`;
  return { title, sections, notes, facts: { ...(await metadata(pdf)), documentPages: pdf.numPages }, paged: true };
}

interface Placed {
  readonly str: string;
  readonly transform: readonly unknown[];
  readonly width: number;
  readonly height: number;
}

type PdfItem = Pick<StructuredTextItem, "str" | "x" | "y" | "width" | "fontSize">;

function placed({ str, transform, width, height }: Placed): PdfItem {
  const [a, b, , , x, y] = transform.map(Number);
  return { str, x: x ?? 0, y: y ?? 0, width, fontSize: Math.hypot(a ?? 0, b ?? 0) || height || 1 };
}

async function opened<Pdf>(opening: Promise<Pdf>): Promise<Pdf> {
  try {
    return await opening;
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : "";
    if (name !== "PasswordException") throw cause;
    throw new DocumentProblem("document-encrypted", "is protected by a password", { cause });
  }
}

async function metadata(pdf: { getMetadata(): Promise<{ info: object }> }): Promise<Record<string, string>> {
  const facts: Record<string, string> = {};
  try {
    const { info } = await pdf.getMetadata();
    for (const key of ["Title", "Author", "CreationDate"] as const) {
      const value: unknown = Reflect.get(info, key);
      if (typeof value === "string" && value.trim() !== "") facts[key.toLowerCase()] = value.trim().slice(0, 200);
    }
  } catch {
    // A document without readable metadata is one without metadata.
  }
  return facts;
}
