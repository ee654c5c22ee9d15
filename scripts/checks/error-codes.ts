/**
 * Holds docs/reference/errors.md against the source: every code that is thrown is listed, and none that is not there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, type CommandResult } from "./command.ts";

const LIST = join(ROOT, "docs/reference/errors.md");
const THROWN = /(?:new ([A-Z]\w*)|super)\(\s*"([a-z]+(?:-[a-z]+)*)",/g;
/** Classes of others, whose first argument is no code. */
const NOT_OURS = new Set(["Command", "Error", "Map", "Option", "Set", "URL"]);
const ROW = /^\| `([a-z-]+)` \|.*\| ([\d-]) \|$/gm;

/** What is wrong between a list and sources, a sentence each. */
export function problemsOfCodes(list: string, sources: readonly string[]): string[] {
  const listed = new Map([...list.matchAll(ROW)].map(([, code = "", exit = ""]) => [code, exit]));
  const classes = new Map<string, Set<string>>();
  for (const [, name = "M1Error", code = ""] of sources.flatMap((source) => [...source.matchAll(THROWN)])) {
    if (!NOT_OURS.has(name)) classes.set(code, (classes.get(code) ?? new Set()).add(name));
  }
  const all = sources.join("\n");
  return [
    ...[...classes.keys()].filter((code) => !listed.has(code)).map((code) => `${code} is thrown and not listed.`),
    ...[...listed.keys()]
      .filter((code) => !all.includes(`"${code}"`))
      .map((code) => `${code} is listed, and nowhere in src.`),
    ...[...listed]
      .filter(([code, exit]) => exit !== "-" && exit !== "2" && isUsage(classes.get(code)))
      .map(([code, exit]) => `${code} is a UsageError: exit code 2, not ${exit}.`),
  ].sort();
}

function isUsage(names: ReadonlySet<string> | undefined): boolean {
  return names !== undefined && [...names].every((name) => name === "UsageError");
}

export function checkErrorCodes(): CommandResult {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const sources = files.map((file) => readFileSync(join(ROOT, "src", file), "utf8"));
  const problems = problemsOfCodes(readFileSync(LIST, "utf8"), sources);
  return { succeeded: problems.length === 0, output: problems.join("\n") };
}
