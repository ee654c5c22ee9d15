import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { realClock } from "../../base/clock.ts";
import { M1Error } from "../../base/errors.ts";
import type { PythonEnvironment } from "../../tools/python-environment.ts";
import { openSandbox } from "../../tools/sandbox/open-sandbox.ts";
import { DEFAULT_LIMITS } from "../../tools/sandbox/sandbox.ts";
import { Workspace } from "../../tools/workspace/workspace.ts";

/**
 * Runs the teams' Python in the sandbox, as teams will, and says what worked. Throws `UsageError` (`sandbox-missing`)
 * where this machine forbids it, `M1Error` (`python-broken`) where the environment does not work in there.
 */
export async function trySandbox(
  python: PythonEnvironment,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const toolchain = { node: process.execPath, python };
  const sandbox = await openSandbox({ toolchain, clock: realClock, environment });
  const runDirectory = await mkdtemp(path.join(tmpdir(), "m1p-setup-"));
  try {
    const result = await sandbox.run({
      argv: ["python3", "-c", "import numpy, pandas, scipy; print(pandas.Series([20, 22]).sum())"],
      workspace: await Workspace.create({ runDirectory, team: "trial" }),
      limits: DEFAULT_LIMITS,
      signal,
    });
    if (result.output.trim() === "42")
      return `${sandbox.kind} runs Python ${python.pythonVersion} with numpy, pandas and scipy`;
    throw new M1Error("python-broken", `Python does not work in the sandbox: ${result.output.trim().slice(-500)}`, {
      hint: `Throw ${python.directory} away and run setup again.`,
    });
  } finally {
    await rm(runDirectory, { recursive: true, force: true });
  }
}
