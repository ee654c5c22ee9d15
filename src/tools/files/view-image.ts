import { z } from "zod";
import type { ToolResult } from "../../events/tool-call.ts";
import type { DocumentShelf } from "../documents/document-shelf.ts";
import { defineTool, type Tool } from "../tool.ts";
import { shown, withFile, type OpenFile } from "./open-file.ts";
import { asResult, openReadable, type ReadSurroundings } from "./page-source.ts";
import { readBytes } from "./text-pages.ts";

/** What all providers take: Anthropic 5 MB in base64 and 8,000 pixels, the others more. */
const MOST_BYTES = 3_750_000;
const MOST_PIXELS_A_SIDE = 8_000;

const parameters = z.object({ path: z.string().min(1) });

/**
 * FileSurfer's tool to look at a picture: keeps its bytes with the run and gives their name (`blob`), by which a
 * message shows it to a model that sees.
 */
export function viewImageTool(shelf: DocumentShelf): Tool {
  return defineTool({
    name: "view-image",
    description: "Makes a picture (PNG, JPEG, GIF, WebP) of the team's folder ready to be looked at.",
    parameters,
    declare: () => ({ effect: "read", egress: [] }),
    async call({ path }, { workspace, signal, clock, keep }) {
      try {
        return await withFile(workspace, path, (file) => view(file, path, { shelf, clock, signal }, keep));
      } catch (error) {
        return asResult(path, error);
      }
    },
  });
}

type Keep = ((bytes: Uint8Array) => Promise<string>) | undefined;

async function view(file: OpenFile, path: string, surroundings: ReadSurroundings, keep: Keep): Promise<ToolResult> {
  const readable = await openReadable(file, { path }, surroundings);
  const facts = readable.kind === "document" ? readable.document.facts : {};
  const { mediaType, width, height } = facts;
  if (typeof mediaType !== "string" || typeof width !== "number" || typeof height !== "number") {
    return { text: `${shown(path)} is no picture: read it.`, facts: { path, error: "file-no-picture" } };
  }
  const size = `${width} x ${height} pixels, ${file.bytes.toLocaleString("en")} bytes`;
  if (file.bytes > MOST_BYTES || Math.max(width, height) > MOST_PIXELS_A_SIDE) {
    const most = `${MOST_BYTES.toLocaleString("en")} bytes and ${MOST_PIXELS_A_SIDE.toLocaleString("en")} pixels a side`;
    const text = `${shown(path)} (${size}) is too large to be looked at: a model is shown up to ${most}. Scale it down with the terminal.`;
    return { text, facts: { path, error: "image-too-large" } };
  }
  if (!keep) return { text: `${shown(path)} can't be shown to a model here.`, facts: { path, error: "no-run" } };
  const blob = await keep(await readBytes(file, 0, file.bytes));
  return { text: `${path}: a picture of ${size}.`, facts: { path, blob, mediaType, width, height } };
}
