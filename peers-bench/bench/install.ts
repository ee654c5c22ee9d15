import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PEERS = fileURLToPath(new URL("../peers", import.meta.url));
const execute = promisify(execFile);

/** Folders of peers that are npm packages of their own. */
const NPM_PEERS = ["aisdk", "openai-agents", "mastra", "langgraph"] as const;

/** Installs the peers in the versions they are pinned to, beside their adapters; what is there already stays. */
export async function installPeers(say: (line: string) => void): Promise<{ readonly python: string }> {
  for (const peer of NPM_PEERS) await installPackage(join(PEERS, peer), say);
  return { python: await installAutogen(join(PEERS, "autogen"), say) };
}

async function installPackage(folder: string, say: (line: string) => void): Promise<void> {
  const wanted = readFileSync(join(folder, "package.json"), "utf8");
  if (isInstalled(folder, wanted)) return;
  say(`installs ${folder.slice(PEERS.length + 1)}`);
  await execute("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], { cwd: folder });
  writeFileSync(markOf(folder), wanted);
}

async function installAutogen(folder: string, say: (line: string) => void): Promise<string> {
  const python = join(folder, "node_modules", "venv", "bin", "python");
  const wanted = readFileSync(join(folder, "requirements.txt"), "utf8");
  if (isInstalled(folder, wanted)) return python;
  say("installs autogen");
  await execute("python3", ["-m", "venv", join(folder, "node_modules", "venv")]);
  await execute(python, ["-m", "pip", "install", "--quiet", "-r", join(folder, "requirements.txt")]);
  writeFileSync(markOf(folder), wanted);
  return python;
}

/** All of a peer lies in its `node_modules`, AutoGen's Python too: that name is ignored everywhere. */
function markOf(folder: string): string {
  return join(folder, "node_modules", ".installed");
}

function isInstalled(folder: string, wanted: string): boolean {
  return existsSync(markOf(folder)) && readFileSync(markOf(folder), "utf8") === wanted;
}
