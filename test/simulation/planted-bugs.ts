import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = fileURLToPath(new URL("planted/", import.meta.url));

/** A bug that the simulation must find: a patch of the sources. */
export interface PlantedBug {
  readonly name: string;
  readonly patch: string;
  /** What it breaks, in a sentence. */
  readonly breaks: string;
  /** The promise whose check must find it. */
  readonly promise: string;
}

const foundSchema = z.object({
  /** The first seed that broke anything. */
  first: z.number().optional(),
  /** The first that broke the promise. */
  seed: z.number().optional(),
  violation: z.string().optional(),
});
export type Found = z.infer<typeof foundSchema>;

export function plantedBugs(): readonly PlantedBug[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".patch"));
  return files.toSorted((one, other) => (one < other ? -1 : 1)).map((file) => readBug(join(FOLDER, file)));
}

function readBug(patch: string): PlantedBug {
  const [, breaks, promise] = /^Breaks: (.+)\nCaught by: (\w+)\n\ndiff /.exec(readFileSync(patch, "utf8")) ?? [];
  const name = patch.slice(FOLDER.length, -".patch".length);
  if (breaks === undefined || promise === undefined) throw new Error(`${name} does not say what it breaks.`);
  return { name, patch, breaks, promise };
}

/** Rejects where the patch no longer fits the sources. Changes nothing. */
export async function assertApplies({ patch }: PlantedBug): Promise<void> {
  await run("git", ["apply", "--check", patch], { cwd: ROOT });
}

/** Plants the bug in a copy of the sources and plays seeds until its promise is seen broken. */
export async function findBug(bug: PlantedBug, mostSeeds: number, signal?: AbortSignal): Promise<Found> {
  const copy = mkdtempSync(join(tmpdir(), "m1p-planted-"));
  try {
    for (const part of ["src", "test/simulation", "package.json"])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    await run("git", ["apply", bug.patch], { cwd: copy });
    const script = join(copy, "test/simulation/find-violation.ts");
    const { stdout } = await run(process.execPath, [script, bug.promise, String(mostSeeds)], { cwd: copy, signal });
    return foundSchema.parse(JSON.parse(stdout));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
