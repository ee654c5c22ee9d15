import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { z } from "zod";
import { describeError, UsageError } from "../../base/errors.ts";
import { type Configuration, configurationSchema } from "./configuration.ts";

/** A folder's configuration, and where it came from. */
export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** The file it came from; undefined where there is none. */
  readonly file: string | undefined;
}

/** The names that it may have; the first that is there is read. */
export const CONFIGURATION_FILES = ["m1p.config.ts", "m1p.config.mjs", "m1p.config.js"] as const;

/**
 * Reads the configuration file of a folder, if it has one. It is the person's own code and is run. `m1-parallel` in it
 * is this very package, also where the folder has none installed. Throws `UsageError` (`config-broken`) where it cannot
 * be read or says something unknown.
 */
export async function loadConfiguration(directory: string): Promise<LoadedConfiguration> {
  const file = CONFIGURATION_FILES.map((name) => path.join(directory, name)).find((candidate) => existsSync(candidate));
  if (!file) return { configuration: {}, file: undefined };
  const exported = await importConfiguration(file);
  if (exported === undefined) throw broken(file, "It exports no configuration.", EXPORT);
  const parsed = configurationSchema.safeParse(exported);
  if (parsed.success) return { configuration: parsed.data as Configuration, file };
  const problems = parsed.error.issues.map((issue) => `\n  ${describeIssue(issue)}`);
  throw broken(file, `These settings cannot be used:${problems.join("")}`, "Correct them, or move the file away.");
}

const EXPORT = "It must export it: export default defineConfig({ … }).";

async function importConfiguration(file: string): Promise<unknown> {
  try {
    provideThisPackage();
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  } catch (error) {
    throw broken(file, `It cannot be run: ${describeError(error)}${placeIn(file, error)}`, EXPORT, error);
  }
}

/** Where in the file an error came about, as far as it says. */
function placeIn(file: string, error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const [, after] = stack.split(`${file}:`);
  const line = /^\d+/.exec(after ?? "")?.[0];
  return line === undefined ? "" : ` (line ${line})`;
}

function broken(file: string, problem: string, hint: string, cause?: unknown): UsageError {
  return new UsageError("config-broken", `${file} cannot be used. ${problem}`, { hint, cause });
}

/** The setting by its name, what is wrong with it and what is allowed. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const name = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const where = name.replace(/^\./, "") || "the configuration";
  if (issue.code !== "unrecognized_keys") return `${where}: ${lowerFirst(issue.message)}`;
  return `${where}: there is no setting ${issue.keys.map((key) => `"${key}"`).join(", ")} here`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const OWN_NAME = "m1-parallel";
let provided = false;

/**
 * From now on, `m1-parallel` is this package for whoever imports it, so that a configuration needs no installation
 * beside it, and its `NotPerformed` is ours. What else it imports is found beside it, or here (`zod`).
 */
function provideThisPackage(): void {
  if (provided) return;
  provided = true;
  const inSource = import.meta.url.endsWith(".ts");
  const ownUrl = (name: string) => new URL(`../../${name}.${inSource ? "ts" : "js"}`, import.meta.url).href;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === OWN_NAME) return { url: ownUrl("index"), shortCircuit: true };
      if (specifier === `${OWN_NAME}/testing`) return { url: ownUrl("testing/index"), shortCircuit: true };
      try {
        return next(specifier, context);
      } catch (error) {
        if (specifier !== "zod") throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
    // A folder without a package.json says nothing of modules; Node would find out, and warn.
    load: (url, context, next) =>
      url.endsWith("/m1p.config.ts") ? next(url, { ...context, format: "module-typescript" }) : next(url, context),
  });
}
