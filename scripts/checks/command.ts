import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The environment in which the project's own tools, and its own Node, come first. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const tools = join(ROOT, "node_modules", ".bin");
  return { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", PATH: `${tools}${delimiter}${process.env.PATH ?? ""}` };
}

export interface CommandResult {
  readonly succeeded: boolean;
  /** What it printed, standard output and standard error as they came. */
  readonly output: string;
}

/** Runs a program in the project's folder (or `cwd`) to its end. A program that cannot start is a failed one. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...toolEnvironment(), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: string): void => void (output += chunk);
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", (error) => resolve({ succeeded: false, output: `${command}: ${error.message}` }));
    child.on("close", (code) => resolve({ succeeded: code === 0, output }));
  });
}
