import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Workspace } from "../../../src/tools/workspace/workspace.ts";

/** A workspace in a folder that is gone at the end of the scope. */
export async function makeWorkspace(): Promise<{ workspace: Workspace; folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), "m1p-workspace-"));
  const workspace = await Workspace.create({ runDirectory: folder, team: "team-1" });
  return { workspace, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
