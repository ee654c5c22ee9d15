import { execFile } from "node:child_process";
import { UsageError } from "../../base/errors.ts";
import { commandText } from "./command-text.ts";

/** A program by its bare name, as the first word of a command; what else may stand there only the shell knows. */
const BARE_PROGRAM = /^\s*([A-Za-z0-9_][\w.+-]*)(?=\s|$)/;

/**
 * Finds out, without running anything of it, whether a command can be run at all. Throws `UsageError`:
 * `command-empty`, `command-syntax` where the shell cannot read it, `command-missing` where its program is not there.
 */
export async function assertRunnable(command: string, environment: NodeJS.ProcessEnv): Promise<void> {
  if (command.trim() === "") throw new UsageError("command-empty", "A team's command is empty.");
  const complaint = await complaintOf(["-n", "-c", commandText(command, [])], environment);
  if (complaint !== undefined) {
    throw new UsageError("command-syntax", `The shell cannot read the command \`${command}\`: ${complaint}`, {
      hint: "Try it in a shell. {task} needs no quotes of its own.",
    });
  }
  const program = programOf(command);
  if (program === undefined) return;
  if ((await complaintOf(["-c", 'command -v "$1"', "m1p", program], environment)) === undefined) return;
  throw new UsageError(
    "command-missing",
    `The command \`${command}\` begins with ${program}, and there is no such program.`,
    {
      hint: `Install it, or give its path. It is looked for in PATH: ${environment["PATH"] ?? "(not set)"}`,
    },
  );
}

/** The program that a command begins with, where that is a bare name. */
export function programOf(command: string): string | undefined {
  return BARE_PROGRAM.exec(command)?.[1];
}

/** What a shell says against something; undefined where it says nothing. */
function complaintOf(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("/bin/sh", [...args], { env: environment }, (error, _stdout, stderr) => {
      resolve(error ? stderr.trim().replace(/^\S*sh: /, "") || error.message : undefined);
    });
  });
}
