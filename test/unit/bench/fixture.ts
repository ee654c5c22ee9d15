import { readFileSync } from "node:fs";

/** The values of a fixture's lines. */
export function fixtureLines<T>(name: string): T[] {
  const text = readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}
