import { lstat, opendir, readlink } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { plainText } from "../sandbox/terminal-text.ts";
import { defineTool, type Tool } from "../tool.ts";

const MOST_ENTRIES = 300;
const DEEPEST = 8;

/** FileSurfer's tool to see what is there. Links are named, not followed; a large folder is cut, and says so. */
export const listFilesTool: Tool = defineTool({
  name: "list-files",
  description: "Lists the files of the team's folder and its folders, with their sizes.",
  parameters: z.object({}),
  declare: () => ({ effect: "read", egress: [] }),
  async call(_args, { workspace, signal }) {
    const lines: string[] = [];
    await list(workspace.root, "", lines, signal);
    const cut = lines.length > MOST_ENTRIES;
    const listed = lines.slice(0, MOST_ENTRIES).toSorted((a, b) => a.localeCompare(b));
    const text = lines.length === 0 ? "The folder is empty." : listed.join("\n");
    const note = cut ? `\nThere are more than these ${MOST_ENTRIES}: use the terminal to see the others.` : "";
    return { text: text + note, facts: { entries: listed.length, cut } };
  },
});

async function list(root: string, folder: string, lines: string[], signal: AbortSignal): Promise<void> {
  const before = lines.length;
  const folders: string[] = [];
  try {
    for await (const { name } of await opendir(path.join(root, folder))) {
      signal.throwIfAborted();
      if (lines.length > MOST_ENTRIES) return;
      const relative = path.join(folder, name);
      const line = await describe(root, relative);
      if (line === undefined) folders.push(relative);
      else lines.push(line);
    }
  } catch {
    signal.throwIfAborted();
    lines.push(`${plainText(folder)}/  (cannot be listed)`);
  }
  for (const inner of folders) {
    if (inner.split(path.sep).length > DEEPEST) lines.push(`${plainText(inner)}/  (too deep to be listed)`);
    else await list(root, inner, lines, signal);
  }
  if (folder !== "" && lines.length === before) lines.push(`${plainText(folder)}/  (empty folder)`);
}

/** One entry in a line; undefined for a folder. */
async function describe(root: string, relative: string): Promise<string | undefined> {
  const name = plainText(relative).replaceAll("\n", "?");
  try {
    const facts = await lstat(path.join(root, relative));
    if (facts.isDirectory()) return undefined;
    if (facts.isSymbolicLink()) return `${name}  (link to ${plainText(await readlink(path.join(root, relative)))})`;
    if (!facts.isFile()) return `${name}  (not a regular file)`;
    return `${name}  ${facts.size.toLocaleString("en")} bytes`;
  } catch {
    return `${name}  (gone)`;
  }
}
