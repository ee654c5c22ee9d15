import { magenticOneTeam } from "../../../../src/team/magentic-one/magentic-one-team.ts";
import type { MagenticOneOptions } from "../../../../src/team/magentic-one/options.ts";
import type { TeamResult, TeamTask } from "../../../../src/team/team.ts";
import type { ToolRequest } from "../../../../src/steps/step-context.ts";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import { type Script, ScriptedSteps } from "./scripted-steps.ts";

export const TASK: TeamTask = { prompt: "How many rows has the table?", files: [] };
export const TASK_WITH_FILE: TeamTask = { ...TASK, files: [{ path: "table.csv", bytes: 24 }] };
export const PROGRAM = "I count the rows.\n\n```python\nprint(42)\n```\n";

export function start(script: Script, options: MagenticOneOptions = {}, task: TeamTask = TASK) {
  const steps = new ScriptedSteps({ tools: printing("42\n"), ...script });
  const solving = magenticOneTeam(options).solve({
    team: "team-1",
    task,
    steps: steps.context(),
    abilities: undefined,
  });
  return { steps, solving };
}

/** Plays a team to its end; every scripted reply must have been used. */
export async function play(
  script: Script,
  options: MagenticOneOptions = {},
  task: TeamTask = TASK,
): Promise<{ result: TeamResult; steps: ScriptedSteps }> {
  const { steps, solving } = start(script, options, task);
  const result = await solving;
  steps.assertUsedUp();
  return { result, steps };
}

/** A terminal on which programs print the given outputs, one after the other, the last for good; files begin alike. */
export function printing(...outputs: readonly (string | { error: string })[]): (request: ToolRequest) => ToolResult {
  let runs = 0;
  return (request) => {
    if (request.tool === "list-files") return { text: "table.csv (24 bytes)", facts: {} };
    if (request.tool === "read-file") return { text: "table.csv begins:\na,b\n1,2\n3,4\n", facts: {} };
    const output = outputs[Math.min(runs++, outputs.length - 1)] ?? "";
    if (typeof output === "string") return { text: output, facts: { exitCode: 0, printed: output.trim() !== "" } };
    return { text: output.error, facts: { exitCode: 1, printed: true } };
  };
}
