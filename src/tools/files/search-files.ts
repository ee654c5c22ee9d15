import { counted } from "../../base/counted.ts";
import { z } from "zod";
import { UsageError } from "../../base/errors.ts";
import type { DocumentShelf } from "../documents/document-shelf.ts";
import { plainText } from "../sandbox/terminal-text.ts";
import { defineTool, type Tool } from "../tool.ts";
import { findIn } from "./find-in-file.ts";
import { filesBelow } from "./files-below.ts";
import { shown, withFile } from "./open-file.ts";
import type { TextHit } from "./text-search.ts";

const MOST_FILES = 200;
const HITS_A_FILE = 3;
const SHOWN_FILES = 20;
/** A larger file is searched by name alone, with `find-in-file`. */
const LARGEST_BYTES = 20 * 1024 ** 2;

const parameters = z.object({ query: z.string().trim().min(1) });

/** FileSurfer's tool to find words in all files of the folder. */
export function searchFilesTool(shelf: DocumentShelf): Tool {
  return defineTool({
    name: "search-files",
    description:
      "Finds words in all files of the team's folder and its folders, documents too, and names the files and pages that have them.",
    parameters,
    declare: () => ({ effect: "read", egress: [] }),
    async call({ query }, { workspace, signal, clock }) {
      const { files, cut } = await filesBelow(workspace.root, MOST_FILES, signal);
      const found: { path: string; hits: readonly TextHit[] }[] = [];
      const skipped: string[] = [];
      for (const path of files) {
        try {
          const hits = await withFile(workspace, path, async (file) => {
            if (file.bytes > LARGEST_BYTES) throw new UsageError("file-too-large", "It is too large.");
            return (await findIn(file, { path, query }, { shelf, clock, signal })).hits;
          });
          if (hits.length > 0) found.push({ path, hits });
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          skipped.push(plainText(path).replaceAll("\n", "?"));
        }
      }
      const many = counted(files.length, "file");
      const title =
        found.length === 0
          ? `${shown(query)} is in none of the ${many}.`
          : `${found.length} of ${many} have ${shown(query)}:`;
      const lines = found.slice(0, SHOWN_FILES).flatMap(({ path, hits }) => hitLines(path, hits));
      const notes = [
        found.length > SHOWN_FILES ? `${found.length - SHOWN_FILES} more files have it.` : "",
        cut ? `There are more than these ${MOST_FILES} files: the others were not searched.` : "",
        skipped.length > 0
          ? `Not searched, since they can't be read or are large: ${skipped.slice(0, 20).join(", ")}.`
          : "",
      ].filter((note) => note !== "");
      return { text: [title, ...lines, ...notes].join("\n"), facts: { files: files.length, found: found.length } };
    },
  });
}

function hitLines(path: string, hits: readonly TextHit[]): string[] {
  const name = plainText(path).replaceAll("\n", "?");
  const lines = hits.slice(0, HITS_A_FILE).map((hit) => `- ${name}, page ${hit.page}: ${hit.excerpt}`);
  const more = hits.length - lines.length;
  return more > 0 ? [...lines, `- ${name}: ${more} more hits`] : lines;
}
