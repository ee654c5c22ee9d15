import { weightsOf } from "../../model/local-weights.ts";
import type { OpenModel } from "../../model/open-model.ts";

/**
 * Opens `local/NAME` or `local/PATH.gguf` with room for every team of the run. Throws `UsageError` (`model-unknown`).
 */
export async function openLocal(
  name: string,
  options: { readonly sequences: number; readonly environment: NodeJS.ProcessEnv },
): Promise<OpenModel> {
  const path = await weightsOf(name, options.environment);
  const { openLocalModel } = await import("../../model/providers/local-model.ts");
  return openLocalModel({ id: `local/${name}`, path }, { sequences: options.sequences });
}
