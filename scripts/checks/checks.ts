import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPromises } from "./promises.ts";
import { checkReference } from "./reference.ts";
import { checkErrorCodes } from "./error-codes.ts";
import { ROOT, runCommand, type CommandResult } from "./command.ts";
import { missingEntries, readLock } from "./lock-file.ts";

/** One thing that holds or does not, beside the tests. */
export interface Check {
  readonly name: string;
  /** What a person does about it. */
  readonly repair: string;
  run(): Promise<CommandResult> | CommandResult;
}

/** dependency-cruiser, given a compiler that it can use. */
export const CRUISER = [
  "--import",
  "./scripts/layers/typescript-for-cruiser.ts",
  "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs",
];

/** Slow ones first, so that two at a time end together. */
export const CHECKS: readonly Check[] = [
  {
    name: "format",
    repair: "npm run format",
    run: () => runCommand("prettier", ["--check", "--log-level", "warn", "."]),
  },
  { name: "unused", repair: "remove what nobody uses (knip)", run: () => runCommand("knip", ["--no-config-hints"]) },
  { name: "types", repair: "tsc -p .", run: () => runCommand("tsc", ["-p", "."]) },
  { name: "layers", repair: "import only from the rooms above (.dependency-cruiser.mjs)", run: checkLayers },
  { name: "lint", repair: "npm run lint", run: () => runCommand("oxlint", ["-f", "unix"]) },
  {
    name: "reference",
    repair: "a comment for each export, then npm run reference; a changed export also belongs into CHANGELOG.md",
    run: checkReference,
  },
  { name: "promises", repair: "docs/promises.json against the names of tests", run: checkPromises },
  { name: "errors", repair: "docs/reference/errors.md has a line for each code", run: checkErrorCodes },
  { name: "lock", repair: "node scripts/complete-lock.ts", run: checkLock },
];

const LAYERED = ["src", "test", "scripts", "proofs"];

async function checkLayers(): Promise<CommandResult> {
  const result = await runCommand(process.execPath, [...CRUISER, ...LAYERED, "--output-type", "err"]);
  // Without a compiler it reads no TypeScript, warns, and finds nothing wrong.
  const blind = result.output.includes("missing-tsc-transpiler");
  return { succeeded: result.succeeded && !blind, output: result.output };
}

function checkLock(): CommandResult {
  const missing = missingEntries(readLock(readFileSync(join(ROOT, "package-lock.json"), "utf8")));
  return { succeeded: missing.size === 0, output: [...missing.keys()].map((name) => `${name} is missing`).join("\n") };
}
