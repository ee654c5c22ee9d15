/**
 * The API reference: TypeDoc reads what the package exports and its docs comments. It needs TypeScript 6, which it has
 * beside the layer check. An export without a comment, or a type that a signature names and nobody can import, is a
 * failure.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ROOT, runCommand, type CommandResult } from "./command.ts";

const PLACE = join(ROOT, "docs/reference");
const TYPEDOC = join(ROOT, "scripts/layers/node_modules/typedoc/bin/typedoc");
const OPTIONS = join(ROOT, "scripts/layers/typedoc.json");
const EXPORTS = "exports.txt";
/** What in the folder people have written. */
const BY_HAND: ReadonlySet<string> = new Set(["errors.md"]);

/** Whether docs/reference is what the source says. */
export function checkReference(): Promise<CommandResult> {
  return generated((folder) => {
    const wanted = contentsOf(folder);
    const found = contentsOf(PLACE);
    const names = new Set([...wanted.keys(), ...found.keys()]);
    const different = [...names].filter((name) => wanted.get(name) !== found.get(name)).sort();
    return different.flatMap((name) => [
      `docs/reference/${name} is not what the source says.`,
      ...(name === EXPORTS ? changedLines(found.get(name), wanted.get(name)) : []),
    ]);
  });
}

/** Writes docs/reference. */
export function writeReference(): Promise<CommandResult> {
  return generated((folder) => {
    for (const name of contentsOf(PLACE).keys()) rmSync(join(PLACE, name));
    cpSync(folder, PLACE, { recursive: true });
    return [];
  });
}

async function generated(use: (folder: string) => string[]): Promise<CommandResult> {
  const folder = mkdtempSync(join(tmpdir(), "m1p-reference-"));
  try {
    const markdown = join(folder, "markdown");
    const json = join(folder, "api.json");
    const asked = ["--options", OPTIONS, "--out", markdown, "--json", json];
    const { succeeded, output } = await runCommand(process.execPath, [TYPEDOC, ...asked]);
    const problems = output.split("\n").filter((line) => /warning|error/.test(line) && !/Found 0 errors/.test(line));
    if (!succeeded || problems.length > 0) return { succeeded: false, output: problems.join("\n") || output };
    writeFileSync(join(markdown, EXPORTS), exportsText(JSON.parse(readFileSync(json, "utf8"))));
    const different = use(markdown);
    return { succeeded: different.length === 0, output: different.join("\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** TypeDoc's numbers of the kinds of things that can be exported. */
const KINDS: Readonly<Record<number, string>> = {
  32: "value",
  64: "function",
  128: "class",
  256: "interface",
  2097152: "type",
};

const entrySchema = z.object({ name: z.string(), kind: z.number() });
const projectSchema = z.object({
  children: z.array(z.object({ name: z.string(), children: z.array(entrySchema) })),
});

/** A line for each export, in the order of their names: what it is imported from, its kind, its name. */
function exportsText(project: unknown): string {
  const lines = projectSchema.parse(project).children.flatMap(({ name: module, children }) => {
    const entries = children.map(({ name, kind }) => `${module}  ${(KINDS[kind] ?? String(kind)).padEnd(9)}  ${name}`);
    return entries.sort();
  });
  return `${lines.join("\n")}\n`;
}

function changedLines(before = "", now = ""): string[] {
  const [old, current] = [before.split("\n"), now.split("\n")];
  return [
    ...old.filter((line) => !current.includes(line)).map((line) => `  - ${line}`),
    ...current.filter((line) => !old.includes(line)).map((line) => `  + ${line}`),
  ];
}

function contentsOf(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const places = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const generatedOnes = places.filter((place) => !BY_HAND.has(place));
  return new Map(generatedOnes.map((place) => [place, readFileSync(join(folder, place), "utf8")]));
}
