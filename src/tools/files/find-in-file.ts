import { counted } from "../../base/counted.ts";
import { z } from "zod";
import type { ToolResult } from "../../events/tool-call.ts";
import type { DocumentShelf } from "../documents/document-shelf.ts";
import { defineTool, type Tool } from "../tool.ts";
import { isTableName } from "./table-name.ts";
import { shown, withFile, type OpenFile } from "./open-file.ts";
import { asResult, openReadable, type Readable, type ReadSurroundings } from "./page-source.ts";
import { pageCount, textPage } from "./text-pages.ts";
import { hitsOn, searchExpression, type TextHit } from "./text-search.ts";

const SHOWN_HITS = 15;
const MOST_HITS = 1_000;
/** Pages of a text that are searched: about 64 MB. More takes the terminal a moment, and us a minute. */
const MOST_TEXT_PAGES = 5_500;

const parameters = z.object({
  path: z.string().min(1),
  query: z.string().trim().min(1),
  part: z.string().min(1).optional(),
  /** How many hits are passed over: those that were shown before. */
  after: z.int().min(0).default(0),
});

/** What a search through one file came to. */
interface Found {
  readonly hits: readonly TextHit[];
  readonly pages: number;
  /** What was not looked at, or not counted. */
  readonly notes: readonly string[];
}

/** FileSurfer's tool to find words in a file: the hits with the pages that `read-file` shows them on. */
export function findInFileTool(shelf: DocumentShelf): Tool {
  return defineTool({
    name: "find-in-file",
    description:
      "Finds words in a file of the team's folder (text, table, PDF, Word, Excel, HTML, …) and names the pages on which " +
      'read-file shows them. Case does not matter, "*" stands for anything. "after" passes over the hits seen before.',
    parameters,
    declare: () => ({ effect: "read", egress: [] }),
    async call({ path, query, part, after }, { workspace, signal, clock }) {
      try {
        const found = await withFile(workspace, path, (file) =>
          findIn(file, { path, part, query }, { shelf, clock, signal }),
        );
        return described({ path, query, after }, found);
      } catch (error) {
        return asResult(path, error);
      }
    },
  });
}

/** Finds a query in an open file. Throws as `openReadable` does. */
export async function findIn(
  file: OpenFile,
  { path, part, query }: { readonly path: string; readonly part?: string | undefined; readonly query: string },
  surroundings: ReadSurroundings,
): Promise<Found> {
  const readable = await openReadable(file, { path, part }, surroundings);
  const expression = searchExpression(query);
  if (readable.kind === "text") return await findInText(file, readable, { path, expression }, surroundings.signal);
  const pages = readable.kind === "document" ? readable.document.pages : [];
  const hits = pages.flatMap(({ text }, index) => hitsOn(text, index + 1, expression, MOST_HITS));
  return { hits: hits.slice(0, MOST_HITS), pages: pages.length, notes: [] };
}

async function findInText(
  file: OpenFile,
  { text }: Extract<Readable, { kind: "text" }>,
  { path, expression }: { readonly path: string; readonly expression: RegExp },
  signal: AbortSignal,
): Promise<Found> {
  const headPages = isTableName(path) ? 1 : 0;
  const all = pageCount(file);
  const hits: TextHit[] = [];
  const searched = Math.min(all, MOST_TEXT_PAGES);
  for (let page = 1; page <= searched && hits.length < MOST_HITS; page += 1) {
    signal.throwIfAborted();
    const content = await textPage(file, text, page);
    hits.push(...hitsOn(content, page + headPages, expression, MOST_HITS - hits.length));
  }
  const notes = all > searched ? [`Only its first ${searched.toLocaleString("en")} pages were searched.`] : [];
  return { hits, pages: all + headPages, notes };
}

interface Asked {
  readonly path: string;
  readonly query: string;
  readonly after: number;
}

function described({ path, query, after }: Asked, { hits, pages, notes }: Found): ToolResult {
  const facts = { path, hits: hits.length, pages };
  const of = counted(pages, "page");
  if (hits.length === 0) {
    const text = `${shown(query)} is not in ${path} (${of}).`;
    return { text: [text, ...notes].join("\n"), facts };
  }
  const shownHits = hits.slice(after, after + SHOWN_HITS);
  const many = `${hits.length >= MOST_HITS ? "at least " : ""}${hits.length.toLocaleString("en")}`;
  const last = after + shownHits.length;
  const range = hits.length > SHOWN_HITS ? `, ${after + 1} to ${last} of them` : "";
  const title = `${path} (${of}): ${many} hit${hits.length === 1 ? "" : "s"} for ${shown(query)}${range}:`;
  if (shownHits.length === 0) return { text: `${path} has only ${many} hits for ${shown(query)}.`, facts };
  const lines = shownHits.map((hit) => `- page ${hit.page}: ${hit.excerpt}`);
  const more = last < hits.length ? [`The next ones come with "after": ${last}.`] : [];
  return { text: [title, ...lines, ...more, ...notes].join("\n"), facts: { ...facts, page: shownHits[0]?.page ?? 1 } };
}
