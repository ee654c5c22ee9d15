import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { realClock } from "../../../../src/base/clock.ts";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import { fileTools } from "../../../../src/tools/files/file-tools.ts";
import { ToolBox } from "../../../../src/tools/tool-box.ts";
import { makeWorkspace } from "../workspace-bench.ts";

export const DOCUMENTS = new URL("../../../fixtures/documents/", import.meta.url);

/** A workspace with copies of the fixtures named, and the file tools on it. */
export async function fileBench(...fixtures: readonly string[]) {
  const bench = await makeWorkspace();
  const kept: Uint8Array[] = [];
  const box = new ToolBox({
    tools: fileTools(),
    workspace: bench.workspace,
    clock: realClock,
    keep: async (bytes) => {
      kept.push(bytes);
      return `blob-${kept.length}`;
    },
  });
  const at = (name: string) => path.join(bench.workspace.root, name);
  for (const name of fixtures) await writeFile(at(name), await readFile(new URL(name, DOCUMENTS)));
  const call = (tool: string, args: Record<string, unknown>, signal = new AbortController().signal) =>
    box.execute(tool, args, { signal, live: () => {} });
  const read = (file: string, page = 1, part?: string): Promise<ToolResult> =>
    call("read-file", { path: file, page, ...(part === undefined ? {} : { part }) });
  return { ...bench, kept, at, call, read };
}
