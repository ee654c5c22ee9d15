import type { ParsedDocument } from "../document.ts";
import { MOST_CHARACTERS } from "../parse-limits.ts";
import { DocumentProblem } from "../document-problem.ts";
import { decodeText } from "./decode-text.ts";

/** Deeper nesting is no page that anybody wrote, and costs the converter the square of it. */
const DEEPEST = 1_000;
/** Only these are counted: the end of others may be left out, so they prove no depth. */
const NESTING = /<(\/?)(div|span|table|ul|ol|dl|blockquote|section|article|b|i|em|strong|font|a|form|center|pre)\b/gi;
const TITLE = /<title[^>]*>([^<]{1,300})/i;

/** A web page as Markdown: headings, lists, links and tables kept; scripts, styles and embedded pictures left out. */
export async function parseHtml(bytes: Uint8Array): Promise<ParsedDocument> {
  const html = decodeText(bytes);
  const text = await markdownOf(html);
  const title = TITLE.exec(html)?.[1]?.replaceAll(/\s+/g, " ").trim();
  const notes = text.length > MOST_CHARACTERS ? ["Only its beginning is shown."] : [];
  const sections = [{ name: "", text: text.slice(0, MOST_CHARACTERS) }];
  return { title: "a web page", sections, notes, facts: title ? { title } : {}, paged: false };
}

/** HTML as Markdown. Throws `document-too-costly` for what is nested beyond reason. */
export async function markdownOf(html: string): Promise<string> {
  assertFlat(html);
  const [{ default: TurndownService }, { gfm }] = await Promise.all([
    import("turndown"),
    import("@joplin/turndown-plugin-gfm"),
  ]);
  const service = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced", bulletListMarker: "-" });
  service.use(gfm);
  service.remove(["script", "style", "noscript", "title", "template"]);
  service.addRule("picture", {
    filter: "img",
    replacement: (_content, node: Picture) => pictureText(node),
  });
  return service.turndown(html).replaceAll(" ", " ").trim();
}

interface Picture {
  getAttribute?(name: string): string | null;
}

/** What a picture is called; its data, where it is embedded, is nothing to a reader. */
function pictureText(node: Picture): string {
  const alternative = (node.getAttribute?.("alt") ?? "").replaceAll(/\s+/g, " ").trim();
  const source = node.getAttribute?.("src") ?? "";
  if (source === "" || source.startsWith("data:")) return alternative === "" ? "" : `[picture: ${alternative}]`;
  return `![${alternative}](${source})`;
}

function assertFlat(html: string): void {
  let depth = 0;
  for (const [, end] of html.matchAll(NESTING)) {
    depth = end === "/" ? Math.max(0, depth - 1) : depth + 1;
    if (depth <= DEEPEST) continue;
    throw new DocumentProblem("document-too-costly", `has elements nested more than ${DEEPEST} deep`);
  }
}
