import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { describeError, UsageError } from "../base/errors.ts";

const positive = z.number().positive();

/** What a person may set for all runs, in `m1p.config.ts`; flags and environment variables win over it. */
export const configurationSchema = z.strictObject({
  /** A model reference, or several: team i gets the i-th, cyclic. */
  model: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  /** How many teams race. */
  teams: z.int().min(1).max(1000).optional(),
  policy: z.string().optional(),
  maxTurns: z.int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  budget: z.strictObject({ usd: positive.optional(), tokens: positive.optional() }).optional(),
  /** Milliseconds from the start of the run. */
  deadlineMs: positive.optional(),
  /** Where runs are kept. */
  dataDir: z.string().min(1).optional(),
  python: z
    .strictObject({
      /** What the teams' Python has beside numpy, pandas and scipy, as pip names it. */
      packages: z.array(z.string().min(1)),
    })
    .optional(),
});
export type Configuration = z.infer<typeof configurationSchema>;

/** Types a configuration file: `export default defineConfig({ model: "openai/gpt-5", teams: 4 })`. */
export function defineConfig(configuration: Configuration): Configuration {
  return configuration;
}

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** The file it came from; undefined where there is none. */
  readonly file: string | undefined;
}

const FILE_NAMES = ["m1p.config.ts", "m1p.config.mjs", "m1p.config.js"];

/**
 * Reads the configuration file of a folder, if it has one. It is the person's own code and is run.
 * Throws `UsageError` (`config-broken`) where it cannot be read or says something unknown.
 */
export async function loadConfiguration(directory: string): Promise<LoadedConfiguration> {
  const file = FILE_NAMES.map((name) => path.join(directory, name)).find((candidate) => existsSync(candidate));
  if (!file) return { configuration: {}, file: undefined };
  const exported = await importConfiguration(file);
  const parsed = configurationSchema.safeParse(exported);
  if (parsed.success) return { configuration: parsed.data, file };
  throw new UsageError("config-broken", `${file} cannot be used: ${z.prettifyError(parsed.error)}`, {
    hint: "Correct it, or move it away to go on with the defaults.",
  });
}

async function importConfiguration(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  } catch (error) {
    throw new UsageError("config-broken", `${file} cannot be loaded: ${describeError(error)}`, {
      hint: "It must export its configuration: export default defineConfig({ … }).",
      cause: error,
    });
  }
}
