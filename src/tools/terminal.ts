import { existsSync } from "node:fs";
import { z } from "zod";
import { PROGRAM_LANGUAGES, programLanguage, type ProgramLanguage } from "../events/program-language.ts";
import type { ToolResult } from "../events/tool-call.ts";
import {
  DEFAULT_LIMITS,
  type EndedBy,
  type Sandbox,
  type SandboxLimits,
  type SandboxResult,
} from "./sandbox/sandbox.ts";
import { defineTool, type Tool } from "./tool.ts";

/** What each language is run by, and what its file is called in a program's complaints. */
const LANGUAGES = {
  python: { program: () => "python3", file: "main.py" },
  // Models write for bash, whatever they call it.
  sh: { program: () => (existsSync("/bin/bash") ? "bash" : "sh"), file: "main.sh" },
  javascript: { program: () => "node", file: "main.js" },
} as const satisfies Record<ProgramLanguage, unknown>;

const parameters = z.object({
  language: z.preprocess(
    (given) => (typeof given === "string" ? (programLanguage(given) ?? given) : given),
    z.enum(PROGRAM_LANGUAGES),
  ),
  code: z.string(),
});

const DESCRIPTION =
  "Runs a program (python, sh or javascript) in the team's folder, without network, and returns what it prints. " +
  "Python has numpy, pandas and scipy. Files in the folder stay from call to call; variables do not.";

export interface TerminalOptions {
  readonly sandbox: Sandbox;
  /** What differs from the default limits: 2 GiB of memory, 128 processes, 32 KiB of output, 120 seconds. */
  readonly limits?: Partial<SandboxLimits>;
}

/**
 * The tool of ComputerTerminal. Its text is what the program printed; where it failed or was ended, a first
 * line says so. Facts: `exitCode` (null where it was ended), `timedOut`, `outputCut`, `printed`, `language`.
 */
export function terminalTool({ sandbox, limits }: TerminalOptions): Tool {
  const allLimits = { ...DEFAULT_LIMITS, ...limits };
  return defineTool({
    name: "terminal",
    description: DESCRIPTION,
    parameters,
    declare: () => ({ effect: "workspace", egress: [] }),
    async call({ language, code }, { workspace, signal, live }) {
      const { program, file } = LANGUAGES[language];
      const result = await sandbox.run({
        argv: [program()],
        script: { name: file, text: code },
        workspace,
        limits: allLimits,
        signal,
        onOutput: live,
      });
      return resultOf(result, language, allLimits);
    },
  });
}

function resultOf(result: SandboxResult, language: ProgramLanguage, limits: SandboxLimits): ToolResult {
  const { exitCode, timedOut, outputCut, output } = result;
  const status = statusOf(result, limits);
  return {
    text: status === "" ? output : `${status}\n${output}`,
    facts: { exitCode, timedOut, outputCut, printed: output.trim() !== "", language },
  };
}

function statusOf({ exitCode, endedBy }: SandboxResult, limits: SandboxLimits): string {
  if (endedBy) return `The program was stopped: ${endedReason(endedBy, limits)}.`;
  return exitCode === 0 ? "" : `The program failed with exit code ${exitCode}${signalHint(exitCode)}.`;
}

function endedReason(endedBy: EndedBy, limits: SandboxLimits): string {
  switch (endedBy) {
    case "time":
      return `it ran longer than ${limits.wallMs / 1000} seconds`;
    case "memory":
      return `it used more than ${Math.round(limits.memoryBytes / 1024 ** 2)} MiB of memory`;
    case "processes":
      return `it started more than ${limits.processes} processes`;
    case "output":
      return "it printed without end";
  }
}

/** What usually killed a program that a signal ended (a shell's convention: 128 and the signal's number). */
function signalHint(exitCode: number | null): string {
  if (exitCode === 137) return " (killed)";
  if (exitCode === 139) return " (segmentation fault)";
  if (exitCode === 152) return " (too much processor time)";
  if (exitCode === 153) return " (a file grew over the limit)";
  return "";
}
