import path from "node:path";
import { cacheDirectory } from "../../base/directories.ts";
import { realClock } from "../../base/clock.ts";
import { createPythonEnvironment, findPythonEnvironment, STANDARD_PACKAGES } from "../../tools/python-environment.ts";
import { trySandbox } from "./sandbox-trial.ts";
import type { SetupTask } from "./setup-task.ts";

/** The virtual environment of the teams' code, tried out in the sandbox. */
export function pythonPackages(environment: NodeJS.ProcessEnv, packages: readonly string[]): SetupTask {
  const cache = cacheDirectory(environment);
  const names = [...STANDARD_PACKAGES, ...packages].join(", ");
  return {
    what: `A Python environment for the teams' code: ${names}`,
    async plan() {
      if (await findPythonEnvironment({ cache, packages })) return undefined;
      const size = "about 75 MB to download, 350 MB on disk";
      return { what: `A Python environment with ${names}`, from: "PyPI, by pip", size, to: path.join(cache, "python") };
    },
    async perform(say, signal) {
      const making = { cache, packages, environment, clock: realClock, signal, onProgress: say };
      say(await trySandbox(await createPythonEnvironment(making), environment, signal));
    },
  };
}
