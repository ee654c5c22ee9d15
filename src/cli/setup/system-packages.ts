import { spawn } from "node:child_process";
import { once } from "node:events";
import { UsageError } from "../../base/errors.ts";
import { findPython } from "../../tools/python-interpreter.ts";
import { findProgram } from "../../tools/sandbox/find-program.ts";
import { findPackageManager, packageNames, type PackageManager, type SystemPart } from "./package-manager.ts";
import type { SetupTask } from "./setup-task.ts";

const WHAT = "The system's packages: bubblewrap (keeps the teams' code apart from this machine) and Python";

/** What only the system's package manager can bring. On macOS the sandbox is part of the system. */
export function systemPackages(environment: NodeJS.ProcessEnv): SetupTask {
  let missing: readonly SystemPart[] = [];
  return {
    what: WHAT,
    async plan() {
      missing = await missingParts(environment);
      if (missing.length === 0) return undefined;
      const manager = findPackageManager(environment);
      const names = manager ? packageNames(manager, missing) : missing;
      const from = manager ? `${manager.origin}, by ${manager.program}` : "your system's package manager";
      const size = missing.includes("python") ? "up to 60 MB" : "under 5 MB";
      return { what: names.join(", "), from, size, to: "the system" };
    },
    async perform(say, signal) {
      const manager = findPackageManager(environment);
      if (!manager) throw notInstallable(missing);
      const names = packageNames(manager, missing);
      const elevation = await elevationOf(environment);
      const command = [...manager.install, ...names];
      if (!elevation) throw notPermitted(manager, command);
      const run = (args: readonly string[]) =>
        runVisibly([...elevation, manager.program, ...args], say, { signal, environment });
      // An old list of packages names files that are no longer there; without network the old one may still do.
      if (manager.refresh && (await run(manager.refresh)) !== 0)
        say(`${manager.program} could not renew its list; trying without.`);
      const exitCode = await run(command);
      if (exitCode !== 0) throw installFailed(manager, command, exitCode);
    },
  };
}

async function missingParts(environment: NodeJS.ProcessEnv): Promise<readonly SystemPart[]> {
  const missing: SystemPart[] = [];
  if (process.platform === "linux") {
    if (!findProgram("bwrap", environment)) missing.push("bubblewrap");
    if (!findProgram("prlimit", environment) || !findProgram("setpriv", environment)) missing.push("util-linux");
  }
  try {
    if (!(await findPython(environment)).canMakeEnvironments) missing.push("venv");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    missing.push("python", "venv");
  }
  return missing;
}

/** What to put before a command that changes the system; undefined where we may not, or would have to ask. */
async function elevationOf(environment: NodeJS.ProcessEnv): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  if (!findProgram("sudo", environment)) return undefined;
  const silent = spawn("sudo", ["-n", "true"], { stdio: "ignore", env: environment });
  const [exitCode] = (await once(silent, "exit")) as [number | null];
  return exitCode === 0 ? ["sudo", "-n"] : undefined;
}

async function runVisibly(
  command: readonly string[],
  say: (text: string) => void,
  { signal, environment }: { readonly signal: AbortSignal; readonly environment: NodeJS.ProcessEnv },
): Promise<number | null> {
  const [program = "", ...args] = command;
  say(`$ ${command.join(" ")}`);
  const env = { ...environment, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], env, signal });
  const [exitCode] = (await once(child, "exit")) as [number | null];
  return exitCode;
}

function notPermitted(manager: PackageManager, args: readonly string[]): UsageError {
  const refresh = manager.refresh ? `sudo ${manager.program} update && ` : "";
  return new UsageError(
    "setup-not-permitted",
    "Setup may not install packages here: it is not root and sudo asks for a password.",
    {
      hint: `Run this, then setup again:\n    ${refresh}sudo ${manager.program} ${args.join(" ")}`,
    },
  );
}

function notInstallable(parts: readonly SystemPart[]): UsageError {
  const hint =
    process.platform === "darwin"
      ? "Install Python 3 (brew install python), then run setup again."
      : `Install by hand, then run setup again: ${parts.join(", ")}.`;
  return new UsageError("setup-no-manager", "Setup knows no package manager of this system.", { hint });
}

function installFailed(manager: PackageManager, args: readonly string[], exitCode: number | null): UsageError {
  return new UsageError("setup-install-failed", `${manager.program} ended with code ${exitCode}.`, {
    hint: `See what it said, mend that, and run: ${manager.program} ${args.join(" ")}`,
  });
}
