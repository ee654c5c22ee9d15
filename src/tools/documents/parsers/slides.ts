import type { DocumentSection, ParsedDocument } from "../document.ts";
import type { ZipFolder } from "./zip-folder.ts";
import { count } from "./count.ts";

const SLIDE = /^ppt\/slides\/slide(\d+)\.xml$/;
const MOST_SLIDES = 1_000;
const MOST_SLIDE_BYTES = 8 * 1024 ** 2;

/** The text of a PowerPoint file, a slide a page. */
export async function parseSlides(zip: ZipFolder): Promise<ParsedDocument> {
  const slides = zip.entries
    .flatMap(({ name }) => ({ name, number: Number(SLIDE.exec(name)?.[1] ?? 0) }))
    .filter(({ number }) => number > 0)
    .toSorted((a, b) => a.number - b.number);
  const sections: DocumentSection[] = [];
  for (const { name, number } of slides.slice(0, MOST_SLIDES)) {
    const xml = new TextDecoder().decode(await zip.read(name, MOST_SLIDE_BYTES));
    sections.push({ name: `slide ${number}`, text: slideText(xml) || "(This slide has no text.)" });
  }
  const title = `a PowerPoint presentation of ${count(slides.length, "slide")}`;
  return { title, sections, notes: [], facts: { slides: slides.length }, paged: true };
}

/** A line a paragraph. In DrawingML all text stands in `a:t` within `a:p`. */
function slideText(xml: string): string {
  const paragraphs = xml
    .split("</a:p>")
    .map((paragraph) =>
      [...paragraph.matchAll(/<a:t(?:\s[^>]*)?>([^<]*)<\/a:t>/g)].map(([, text = ""]) => unescaped(text)).join(""),
    );
  return paragraphs.filter((text) => text.trim() !== "").join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(text: string): string {
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (all, name: string) => ENTITIES[name] ?? all);
}
