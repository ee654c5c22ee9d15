import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { describeError, M1Error, UsageError } from "../base/errors.ts";

const execute = promisify(execFile);
const OLDEST = [3, 10] as const;
const LONGEST_OUTPUT = 16 * 1024 ** 2;

/** Asks an interpreter about itself. A wrapper (pyenv's, an active environment's) tells what it stands for. */
const QUESTION = `
import importlib.util, json, os, platform, sys
base = getattr(sys, "_base_executable", None) or sys.executable
print(json.dumps({
    "version": platform.python_version(),
    "executable": os.path.realpath(base),
    "basePrefix": os.path.realpath(sys.base_prefix),
    "canMakeEnvironments": bool(importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")),
}))`;

const pythonSchema = z.object({
  version: z.string(),
  executable: z.string(),
  basePrefix: z.string(),
  canMakeEnvironments: z.boolean(),
});

/** The machine's own Python. */
export type Python = z.infer<typeof pythonSchema>;

/**
 * Finds the Python that environments are made from: `M1P_PYTHON`, else `python3` or `python` of PATH, else
 * the system's. Throws `UsageError` (`python-missing`) where none is new enough.
 */
export async function findPython(environment: NodeJS.ProcessEnv): Promise<Python> {
  const chosen = environment["M1P_PYTHON"];
  const candidates = chosen ? [chosen] : ["python3", "python", "/usr/bin/python3"];
  const problems: string[] = [];
  for (const candidate of candidates) {
    try {
      const answer = await runPython(candidate, ["-c", QUESTION], { environment });
      const python = pythonSchema.parse(JSON.parse(answer));
      if (isNewEnough(python.version)) return python;
      problems.push(`${candidate} is ${python.version}`);
    } catch (error) {
      problems.push(`${candidate}: ${describeError(error).split("\n")[0]}`);
    }
  }
  throw new UsageError("python-missing", `No Python from ${OLDEST.join(".")} on was found (${problems.join("; ")}).`, {
    hint: "Install Python 3, or name one by M1P_PYTHON.",
  });
}

/** Runs an interpreter with arguments of ours and returns what it prints. Throws `M1Error` (`python-failed`). */
export async function runPython(
  executable: string,
  args: readonly string[],
  options: { readonly environment: NodeJS.ProcessEnv; readonly signal?: AbortSignal },
): Promise<string> {
  const { PYTHONHOME: _home, PYTHONPATH: _path, ...environment } = options.environment;
  try {
    // Whatever our own mask: what is made must be readable to the users that sandboxed code runs as.
    const { stdout } = await execute("/bin/sh", ["-c", 'umask 022; exec "$@"', "m1p", executable, ...args], {
      env: environment,
      maxBuffer: LONGEST_OUTPUT,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return stdout;
  } catch (error) {
    options.signal?.throwIfAborted();
    const complaint = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new M1Error("python-failed", complaint.split("\n").at(-1) || describeError(error), { cause: error });
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
