import type { Clock } from "../../base/clock.ts";
import { chooseModel, type ModelChoice } from "../../model/default-model.ts";
import { installedModels } from "../../model/local-weights.ts";

/**
 * The model of a run that names none: an API key's, Ollama's or a local one, and why. Throws
 * `UsageError` (`model-none`) that lists the ways to have one.
 */
export function defaultModel(environment: NodeJS.ProcessEnv, clock: Clock): Promise<ModelChoice> {
  return chooseModel({ env: environment, clock, localModels: () => installedModels(environment) });
}
