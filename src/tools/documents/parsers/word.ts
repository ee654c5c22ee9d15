import type { ParsedDocument } from "../document.ts";
import { MOST_CHARACTERS } from "../parse-limits.ts";
import { markdownOf } from "./html.ts";

/** A Word document (.docx) as Markdown: headings, lists and tables kept, pictures left out. */
export async function parseWord(bytes: Uint8Array): Promise<ParsedDocument> {
  const { default: mammoth } = await import("mammoth");
  const noPicture = mammoth.images.imgElement(() => Promise.resolve({ src: "" }));
  const { value } = await mammoth.convertToHtml({ buffer: Buffer.from(bytes) }, { convertImage: noPicture });
  const text = await markdownOf(withHeads(value));
  const notes = text.length > MOST_CHARACTERS ? ["Only its beginning is shown."] : [];
  const sections = [{ name: "", text: text.slice(0, MOST_CHARACTERS) }];
  return { title: "a Word document", sections, notes, facts: {}, paged: false };
}

/** Word marks no head of a table, Markdown wants one: it is the first row. */
function withHeads(html: string): string {
  return html.replaceAll(/<table><tr>(.*?)<\/tr>/gs, (_, row: string) => {
    const cells = row.replaceAll(/<td\b/g, "<th").replaceAll("</td>", "</th>");
    return `<table><tr>${cells}</tr>`;
  });
}
