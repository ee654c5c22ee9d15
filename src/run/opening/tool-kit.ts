import { UsageError } from "../../base/errors.ts";
import type { EventOf, TeamDescription } from "../../events/run-event.ts";
import { fileTools } from "../../tools/files/file-tools.ts";
import { findPythonEnvironment, STANDARD_PACKAGES } from "../../tools/python-environment.ts";
import { assertRunnable } from "../../tools/command/check-command.ts";
import { COMMAND_TOOL, commandTool } from "../../tools/command/command-tool.ts";
import { openSandbox } from "../../tools/sandbox/open-sandbox.ts";
import { terminalTool } from "../../tools/terminal.ts";
import type { Tool } from "../../tools/tool.ts";
import { cacheDirectory } from "../../base/directories.ts";
import { COMMAND_KIND, commandTeamOptionsSchema } from "../../team/adapters/command-team.ts";
import type { RunSite } from "./race-plan.ts";

/** What the teams' programs run in. */
export type Programs = NonNullable<EventOf<"run-started">["programs"]>;

/** The tools that the teams of a run may have. */
export interface ToolKit {
  /** Those of these names. */
  toolsOf(names: readonly string[]): readonly Tool[];
  /** The one of this name, if there is one. */
  tool(name: string): Tool | undefined;
}

/**
 * Opens the tools that the line-up names; the sandbox only where one of them runs code. Throws
 * `UsageError` (`python-environment-missing`, `sandbox-missing`, `tool-unknown`, `tool-twice`, and of a team's
 * command `command-empty`, `command-syntax`, `command-missing`).
 */
export async function openToolKit(
  site: RunSite,
  programs: Programs,
  teams: readonly TeamDescription[],
): Promise<ToolKit> {
  const wanted = new Set(teams.flatMap((team) => team.tools));
  const tools = new Map<string, Tool>();
  for (const tool of fileTools()) tools.set(tool.name, tool);
  for (const tool of site.tools ?? []) addOwn(tools, tool);
  if (wanted.has("terminal")) tools.set("terminal", await openTerminal(site, programs));
  if (wanted.has(COMMAND_TOOL)) tools.set(COMMAND_TOOL, await openCommands(site, teams));
  for (const name of wanted) {
    if (tools.has(name)) continue;
    throw new UsageError("tool-unknown", `A team wants the tool "${name}", and there is none.`, {
      hint: `The tools are: ${[...tools.keys()].join(", ")}.`,
    });
  }
  return { toolsOf: (names) => names.flatMap((name) => tools.get(name) ?? []), tool: (name) => tools.get(name) };
}

/** A tool of the person's own must not take the place of another: teams and rules know tools by their names. */
function addOwn(tools: Map<string, Tool>, tool: Tool): void {
  if (tools.has(tool.name) || tool.name === "terminal" || tool.name === COMMAND_TOOL) {
    throw new UsageError("tool-twice", `The tool "${tool.name}" would be there twice.`, { hint: "Rename yours." });
  }
  tools.set(tool.name, tool);
}

async function openCommands(site: RunSite, teams: readonly TeamDescription[]): Promise<Tool> {
  const { environment, runId, directory } = site;
  for (const { kind, options } of teams) {
    if (kind === COMMAND_KIND) await assertRunnable(commandTeamOptionsSchema.parse(options).command, environment);
  }
  return commandTool({ environment, runId, runDirectory: directory });
}

async function openTerminal({ clock, environment }: RunSite, programs: Programs): Promise<Tool> {
  const { pythonPackages, unsafeHostExec } = programs;
  const cache = cacheDirectory(environment);
  const python = await findPythonEnvironment({ cache, packages: pythonPackages });
  if (!python) throw pythonMissing(pythonPackages);
  const toolchain = { node: process.execPath, python };
  return terminalTool({ sandbox: await openSandbox({ toolchain, clock, environment, unsafeHostExec }) });
}

/** The system's own Python would not do: teams are told that theirs has certain packages. */
function pythonMissing(packages: readonly string[]): UsageError {
  const names = [...STANDARD_PACKAGES, ...packages].join(", ");
  return new UsageError(
    "python-environment-missing",
    `The Python of the teams' programs (with ${names}) is not here.`,
    {
      hint: "`m1p setup` makes it; in a checkout, `npm run setup`.",
    },
  );
}
