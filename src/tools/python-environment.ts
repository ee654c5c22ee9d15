import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { M1Error, UsageError } from "../base/errors.ts";
import { withExclusiveLock } from "../base/exclusive-lock.ts";
import { newTemporaryName } from "../base/ids.ts";
import { findPython, runPython, type Python } from "./python-interpreter.ts";

/** What every team's Python has; configuration adds to it. */
export const STANDARD_PACKAGES: readonly string[] = ["numpy", "pandas", "scipy"];

const DESCRIPTION_FILE = "m1p-environment.json";
const descriptionSchema = z.object({
  /** What was asked for, in order. */
  packages: z.array(z.string()),
  pythonVersion: z.string(),
  /** The installation the environment stands on; it must be readable in the sandbox as well. */
  basePrefix: z.string(),
  /** The base's own program, which the environment's links to. */
  baseExecutable: z.string(),
  /** What came of it: every package with its version. */
  installed: z.array(z.string()),
});

/** A complete Python environment in the cache. */
export interface PythonEnvironment extends z.infer<typeof descriptionSchema> {
  readonly directory: string;
}

interface Wanted {
  /** The cache's directory. */
  readonly cache: string;
  /** Beside the standard ones, as pip names them. */
  readonly packages?: readonly string[];
}

/** Finds a complete environment with just these packages, starting no program. Undefined: there is none yet. */
export async function findPythonEnvironment(wanted: Wanted): Promise<PythonEnvironment | undefined> {
  const packages = packageList(wanted);
  const parent = environmentsFolder(wanted);
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const environment = await describe(path.join(parent, name));
    if (environment && environment.packages.join("\n") === packages.join("\n")) return environment;
  }
  return undefined;
}

export interface CreateOptions extends Wanted {
  readonly clock: Clock;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Told in words what is being done. */
  readonly onProgress?: (text: string) => void;
}

/**
 * Makes the environment, once: whoever comes second waits for the first and finds it there. An
 * environment is complete when it has its description, which is written last; what is left of one that
 * was broken off is thrown away. Throws `UsageError` (`python-missing`, `python-venv-missing`) where the
 * machine's Python cannot do it, `M1Error` (`python-packages`) where the packages cannot be had.
 */
export async function createPythonEnvironment(options: CreateOptions): Promise<PythonEnvironment> {
  const lock = path.join(environmentsFolder(options), ".lock");
  const onWait = () => options.onProgress?.("Another setup is making the Python environment; waiting for it.");
  const { clock, signal } = options;
  return withExclusiveLock(lock, { clock, onWait, ...(signal ? { signal } : {}) }, async () => {
    return (await findPythonEnvironment(options)) ?? (await build(options));
  });
}

async function build(options: CreateOptions): Promise<PythonEnvironment> {
  const python = await findPython(options.environment);
  if (!python.canMakeEnvironments) {
    throw new UsageError("python-venv-missing", `${python.executable} cannot make virtual environments.`, {
      hint: "Install your system's package for it (Debian and Ubuntu: python3-venv).",
    });
  }
  const packages = packageList(options);
  const directory = path.join(environmentsFolder(options), keyOf(python, packages));
  await rm(directory, { recursive: true, force: true });
  await mkdir(path.dirname(directory), { recursive: true, mode: 0o700 });
  options.onProgress?.(`Making a Python ${python.version} environment in ${directory}`);
  await runPython(python.executable, ["-m", "venv", directory], options);
  const own = path.join(directory, "bin", "python");
  options.onProgress?.(`Installing ${packages.join(", ")}`);
  await install(own, packages, options);
  const frozen = await runPython(own, ["-m", "pip", "freeze", "--all"], options);
  const description: z.infer<typeof descriptionSchema> = {
    packages,
    pythonVersion: python.version,
    basePrefix: python.basePrefix,
    baseExecutable: python.executable,
    installed: frozen.split("\n").filter(Boolean),
  };
  const temporary = path.join(directory, newTemporaryName());
  await writeFile(temporary, JSON.stringify(description, undefined, 2));
  await rename(temporary, path.join(directory, DESCRIPTION_FILE));
  return { directory, ...description };
}

async function install(python: string, packages: readonly string[], options: CreateOptions): Promise<void> {
  try {
    // Wheels only: building from source would run the packages' own code on this machine.
    await runPython(python, ["-m", "pip", "install", "--only-binary=:all:", "--no-input", "--", ...packages], options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new M1Error("python-packages", `pip could not install ${packages.join(", ")}.`, {
      hint: "Check the network, and the packages that your configuration names.",
      cause: error,
    });
  }
}

async function describe(directory: string): Promise<PythonEnvironment | undefined> {
  try {
    const text = await readFile(path.join(directory, DESCRIPTION_FILE), "utf8");
    const description = descriptionSchema.parse(JSON.parse(text));
    // The machine's Python may have been replaced since: then the environment's link leads nowhere.
    await access(description.baseExecutable);
    return { directory, ...description };
  } catch {
    return undefined;
  }
}

function environmentsFolder({ cache }: Wanted): string {
  return path.join(cache, "python");
}

function packageList({ packages = [] }: Wanted): string[] {
  return [...new Set([...STANDARD_PACKAGES, ...packages])];
}

function keyOf(python: Python, packages: readonly string[]): string {
  const parts = [python.version, python.executable, process.arch, ...packages];
  return `${python.version}-${createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 16)}`;
}
