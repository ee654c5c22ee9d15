import { z } from "zod";
import { UsageError } from "../../base/errors.ts";
import type { ToolResult } from "../../events/tool-call.ts";
import type { ContainedResult } from "../sandbox/contained-process.ts";
import { defineTool, type Tool } from "../tool.ts";
import { giveFolder } from "../workspace/give-folder.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { changedFiles } from "./changed-files.ts";
import { commandEnvironment } from "./command-environment.ts";
import { commandMark, commandTemporary } from "./command-mark.ts";
import { runCommand } from "./command-process.ts";
import { commandText } from "./command-text.ts";

export const COMMAND_TOOL = "command";

/** One argument or variable of a program may have 128 KiB on Linux, its name and last byte included. */
const LONGEST_TASK_BYTES = 128 * 1024 - 64;
/** So much of what it printed as its output alone is kept apart, from the end. */
const OUTPUT_ALONE = 64 * 1024;

const parameters = z.object({
  /** Shell text of a person, with `{task}` and `{files}` to be filled in. */
  command: z.string(),
  task: z.string(),
  team: z.string(),
  /** Paths of the task's files. */
  files: z.array(z.string()).default([]),
  timeoutMs: z.number().positive().optional(),
  /** Cut off by a crash, it may be run again without asking. */
  repeatable: z.boolean().default(false),
});

export interface CommandToolOptions {
  /** The person's environment: the command gets all of it. */
  readonly environment: NodeJS.ProcessEnv;
  readonly runId: string;
  readonly runDirectory: string;
}

/**
 * Runs a person's own program in the team's folder: UNSANDBOXED, with the network and the person's keys, since
 * it is theirs. Its text is all that the program printed. Facts: `exitCode` (null where it was ended),
 * `timedOut`, `outputCut`, `printed`, `output` where there were complaints beside its standard output; of the
 * folder its state (`folder`), and in a sentence what changed in it (`changes`).
 */
export function commandTool({ environment, runId, runDirectory }: CommandToolOptions): Tool {
  return defineTool({
    name: COMMAND_TOOL,
    description: "Runs a program of the person's own in the team's folder.",
    parameters,
    declare: ({ repeatable }) => ({ effect: "workspace", egress: ["*"], repeatable }),
    async call({ command, task, team, files, timeoutMs }, { workspace, signal, clock, live }) {
      assertPassable(task);
      await takeFolder(workspace);
      const folder = workspace.root;
      const result = await runCommand(
        {
          text: commandText(command, files),
          folder,
          environment: commandEnvironment({ environment, folder, task, team, runId }),
          mark: commandMark(runDirectory, team),
          temporary: commandTemporary(runDirectory, team),
          timeoutMs,
          signal,
          onOutput: live,
        },
        clock,
      );
      return withChanges(resultOf(result), workspace, signal);
    },
  });
}

/** The program runs as we do, and git and others refuse to work in a folder that is another user's. */
async function takeFolder({ root, owner }: Workspace): Promise<void> {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  if (owner && uid !== undefined && gid !== undefined) await giveFolder(root, { uid, gid });
}

async function withChanges(result: ToolResult, workspace: Workspace, signal: AbortSignal): Promise<ToolResult> {
  const changed = await workspace.changes({ signal });
  if (!changed) return result;
  const changes = await changedFiles(changed.changes);
  return { ...result, facts: { ...result.facts, folder: changed.id, ...(changes === "" ? {} : { changes }) } };
}

function resultOf({ exitCode, timedOut, outputCut, output, outputAlone }: ContainedResult): ToolResult {
  return {
    text: output,
    facts: {
      exitCode,
      timedOut,
      outputCut,
      printed: output.trim() !== "",
      ...(outputAlone === undefined ? {} : { output: outputAlone.slice(-OUTPUT_ALONE) }),
    },
  };
}

function assertPassable(task: string): void {
  if (task.includes("\0"))
    throw new UsageError("command-task", "The task has a NUL character, and no program can be given one.");
  if (Buffer.byteLength(task) <= LONGEST_TASK_BYTES) return;
  throw new UsageError(
    "command-task",
    `The task has ${Buffer.byteLength(task)} bytes, and a program can be given 128 KiB.`,
    {
      hint: "Put the long part into a file: -f FILE.",
    },
  );
}
