/**
 * The promises of the design and the tests that prove them. A test cites a promise by beginning its name
 * with the number: `"R3: a cancelled call …"`, `"L1, L3: …"`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ROOT, type CommandResult } from "./command.ts";

const promisesSchema = z.object({
  /** Held by the code of today; `later` names what of the promise an issue still has to build. */
  built: z.record(z.string(), z.object({ promise: z.string(), later: z.string().optional() })),
  unbuilt: z.record(z.string(), z.object({ promise: z.string(), issue: z.string() })),
});
export type Promises = z.infer<typeof promisesSchema>;

/** A promise's number and a file with a test that cites it. */
export interface Citation {
  readonly number: string;
  readonly file: string;
}

const CITING_NAME = /["'`]((?:[A-Z]\d+)(?:, [A-Z]\d+)*): /g;

/** The promises cited by the names of the tests in a source text. */
export function citationsIn(file: string, source: string): Citation[] {
  return [...source.matchAll(CITING_NAME)].flatMap(([, numbers = ""]) =>
    numbers.split(", ").map((number) => ({ number, file })),
  );
}

/** What is wrong between promises and tests, a sentence each. */
export function problemsOf(promises: Promises, citations: readonly Citation[]): string[] {
  const cited = new Map(citations.map((citation) => [citation.number, citation.file]));
  const problems: string[] = [];
  for (const number of Object.keys(promises.built)) {
    if (number in promises.unbuilt) problems.push(`${number} is listed both as built and as unbuilt.`);
    else if (!cited.has(number)) problems.push(`${number} is promised, and no test's name begins with "${number}: ".`);
  }
  for (const [number, { issue }] of Object.entries(promises.unbuilt)) {
    const file = cited.get(number);
    if (file !== undefined)
      problems.push(`${number} is listed as not yet built (${issue}), and a test in ${file} cites it.`);
  }
  for (const [number, file] of cited) {
    if (!(number in promises.built) && !(number in promises.unbuilt))
      problems.push(`${file} cites ${number}, which is no promise of docs/promises.json.`);
  }
  return problems;
}

/** Holds the tests against docs/promises.json. */
export function checkPromises(): CommandResult {
  const promises = promisesSchema.parse(JSON.parse(readFileSync(join(ROOT, "docs/promises.json"), "utf8")));
  const files = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" }).filter(isTestSource);
  const citations = files.flatMap((file) =>
    citationsIn(join("test", file), readFileSync(join(ROOT, "test", file), "utf8")),
  );
  const problems = problemsOf(promises, citations);
  return { succeeded: problems.length === 0, output: problems.join("\n") };
}

/**
 * Contract suites keep their tests in files of their own beside the `.test.ts`; the checks' own tests prove nothing of
 * the design.
 */
function isTestSource(file: string): boolean {
  return file.endsWith(".ts") && !file.startsWith("fixtures") && !file.startsWith(join("unit", "scripts"));
}
