import { mkdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { temporaryDirectory } from "../../base/directories.ts";
import { UsageError } from "../../base/errors.ts";
import type { CommandAcceptance } from "../../answers/acceptance.ts";
import type { AcceptanceVerdict } from "../../events/input.ts";
import type { BlobStore } from "../../log/run-log.ts";
import { programOf } from "../../tools/command/check-command.ts";
import { findNpm } from "../../tools/sandbox/find-npm.ts";
import { openSandbox } from "../../tools/sandbox/open-sandbox.ts";
import {
  DEFAULT_LIMITS,
  type EndedBy,
  type Sandbox,
  type SandboxFolder,
  type SandboxLimits,
  type SandboxResult,
} from "../../tools/sandbox/sandbox.ts";
import { giveFolder } from "../../tools/workspace/give-folder.ts";
import type { Candidate } from "./answer-judge.ts";
import type { RunSite } from "../opening/race-plan.ts";

/** More than a program of a team gets: a project's tests run side by side, each with many threads. */
const LIMITS: SandboxLimits = {
  ...DEFAULT_LIMITS,
  memoryBytes: 8 * 1024 ** 3,
  processes: 2_048,
  outputBytes: 64 * 1024,
  fileBytes: 4 * 1024 ** 3,
  wallMs: 15 * 60_000,
};
const PROBE_MS = 20_000;
/** Of what the check printed, as its reason. */
const LONGEST_REASON = 6_000;
/** A test runner must not wait for a person, nor npm for the network. */
const VARIABLES = ["CI=true", "npm_config_update_notifier=false", "npm_config_audit=false", "npm_config_fund=false"];

export interface CommandCheckOptions {
  readonly site: RunSite;
  readonly unsafeHostExec: boolean;
}

/**
 * Opens the sandbox of an accepting command and finds out whether the command can be run there at all. Throws
 * `UsageError`: `sandbox-missing`, `accept-empty`, `accept-syntax`, `accept-missing`.
 */
export async function openCommandCheck(
  { command }: CommandAcceptance,
  { site, unsafeHostExec }: CommandCheckOptions,
): Promise<CommandCheck> {
  if (command.trim() === "") throw new UsageError("accept-empty", "The command that accepts answers is empty.");
  const { clock, environment, directory } = site;
  const toolchain = { node: process.execPath, npm: findNpm(environment) };
  const sandbox = await openSandbox({ toolchain, clock, environment, unsafeHostExec });
  const folder = path.join(temporaryDirectory(directory), "check");
  await mkdir(folder, { recursive: true, mode: 0o711 });
  try {
    await assertRunnable(command, sandbox, { root: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rmdir(path.dirname(folder)).catch(() => {});
  }
  return new CommandCheck(command, sandbox);
}

/** An accepting command that can be run here. */
export class CommandCheck {
  readonly #command: string;
  readonly #sandbox: Sandbox;

  constructor(command: string, sandbox: Sandbox) {
    this.#command = command;
    this.#sandbox = sandbox;
  }

  /**
   * Runs the command in the team's folder, which nothing else must be at work in, and puts the folder back as it was.
   * On abort all of it ends at once, and it rejects with the signal's reason.
   */
  async judge({ workspace, signal }: Candidate, blobs: BlobStore): Promise<AcceptanceVerdict> {
    if (!workspace) return { verdict: "defer", reason: "The team has no folder to check." };
    const { root, owner } = workspace;
    const { id } = await workspace.snapshot(blobs, { signal });
    // A command of the person's own runs as we do; the check as the folder's user.
    if (owner) await giveFolder(root, owner);
    const result = await this.#run(workspace, signal);
    await workspace.restore(blobs, id, { signal });
    return verdictOf(this.#command, result);
  }

  #run(workspace: SandboxFolder, signal: AbortSignal): Promise<SandboxResult> {
    const argv = ["env", ...VARIABLES, "sh", "-c", this.#command] as const;
    return this.#sandbox.run({ argv, workspace, limits: LIMITS, signal });
  }
}

function verdictOf(command: string, { exitCode, endedBy, output }: SandboxResult): AcceptanceVerdict {
  if (exitCode === 0) return { verdict: "accept", reason: `\`${command}\` succeeded.` };
  if (endedBy) return { verdict: "defer", reason: `\`${command}\` was stopped: ${ENDED[endedBy]}.` };
  const said = output.trim();
  const end = said.length > LONGEST_REASON ? `…${said.slice(-LONGEST_REASON).toWellFormed()}` : said;
  return { verdict: "reject", reason: `\`${command}\` failed with exit code ${exitCode}.\n${end}`.trim() };
}

const ENDED: Readonly<Record<EndedBy, string>> = {
  time: `it ran longer than ${LIMITS.wallMs / 60_000} minutes`,
  memory: `it used more than ${LIMITS.memoryBytes / 1024 ** 3} GiB of memory`,
  processes: `it started more than ${LIMITS.processes} processes`,
  output: "it printed without end",
};

/** Whether the sandbox's shell can read the command, and whether the program it begins with is there. */
async function assertRunnable(command: string, sandbox: Sandbox, workspace: SandboxFolder): Promise<void> {
  const ask = (...argv: readonly string[]) =>
    sandbox.run({
      argv: ["sh", ...argv],
      workspace,
      limits: { ...DEFAULT_LIMITS, wallMs: PROBE_MS },
      signal: new AbortController().signal,
    });
  const read = await ask("-n", "-c", command);
  if (read.exitCode !== 0) {
    throw new UsageError("accept-syntax", `The shell cannot read the command \`${command}\`: ${read.output.trim()}`);
  }
  const program = programOf(command);
  if (program === undefined || (await ask("-c", 'command -v "$1"', "m1p", program)).exitCode === 0) return;
  throw new UsageError(
    "accept-missing",
    `The command \`${command}\` cannot accept answers: ${program} is not in the sandbox.`,
    {
      hint: "The sandbox has the system's programs (/usr, /bin), Node and npm, and the team's folder; nothing of your home.",
    },
  );
}
