import type { Clock } from "../base/clock.ts";
import type { OpenModel } from "../model/open-model.ts";

/** The names of the local models whose weights are here, the preferred one first. */
export async function localModelNames(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { installedModels } = await import("../model/local-weights.ts");
  return installedModels(environment);
}

/** Opens `local/NAME` or `local/PATH.gguf` with room for every team of the run. Throws `UsageError` (`model-unknown`). */
export async function openLocal(
  name: string,
  options: { readonly sequences: number; readonly clock: Clock; readonly environment: NodeJS.ProcessEnv },
): Promise<OpenModel> {
  const { weightsOf } = await import("../model/local-weights.ts");
  const { openLocalModel } = await import("../model/providers/local-model.ts");
  return openLocalModel(await weightsOf(name, options.environment), options);
}
