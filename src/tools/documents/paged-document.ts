import type { DocumentSection, ParsedDocument } from "./document.ts";

/** Characters of a page where a document has none of its own; a page of its own is cut when it is much longer. */
const PAGE_CHARACTERS = 10_000;
const OWN_PAGE_CHARACTERS = 30_000;

/** One page, as a reader is given it. */
export interface DocumentPage {
  /** The section it is of; empty where the document has no parts. */
  readonly section: string;
  readonly text: string;
}

/** A document in pages, counted through over all its sections; a PDF's pages keep their numbers. */
export interface PagedDocument extends Omit<ParsedDocument, "sections" | "paged"> {
  readonly pages: readonly DocumentPage[];
  /** All that is kept in memory of it. */
  readonly characters: number;
}

/** Cuts a document into pages, at ends of lines; a table's head is said again on each page it goes on. */
export function pagedDocument({ sections, paged, ...document }: ParsedDocument): PagedDocument {
  const most = paged ? OWN_PAGE_CHARACTERS : PAGE_CHARACTERS;
  const pages = sections.flatMap((section) => pagesOf(section, most));
  const characters = pages.reduce((sum, page) => sum + page.text.length, 0);
  return { ...document, pages: pages.length > 0 ? pages : [{ section: "", text: "" }], characters };
}

function pagesOf({ name, text, head }: DocumentSection, most: number): DocumentPage[] {
  const pages: DocumentPage[] = [];
  for (let at = 0; at < text.length || at === 0;) {
    const end = endOfPage(text, at, most);
    const again = at > 0 && head !== undefined && head.length < most / 4 ? `${head}\n` : "";
    pages.push({ section: name, text: again + text.slice(at, end) });
    if (end >= text.length) break;
    at = end;
  }
  return pages;
}

/** After the last line that fits; where a line is longer than a page, between two characters of it. */
function endOfPage(text: string, at: number, most: number): number {
  if (at + most >= text.length) return text.length;
  const feed = text.lastIndexOf("\n", at + most - 1);
  if (feed > at) return feed + 1;
  const end = at + most;
  const splits = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return splits ? end - 1 : end;
}
