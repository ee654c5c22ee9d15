import { z } from "zod";
import { M1Error, UsageError } from "../../base/errors.ts";
import type { Input, ProposalReply } from "../../events/input.ts";
import type { ToolResult } from "../../events/tool-call.ts";
import type { StepContext } from "../../steps/step-context.ts";
import type { Team, TeamContext, TeamResult, TeamTask } from "../team.ts";
import { changesOf, commandAnswer, commandFailure, isSameAs } from "./command-answer.ts";

/** What a team of a person's own command is made with, as the log keeps it: it makes the team again. */
export const commandTeamOptionsSchema = z.strictObject({
  /** Shell text; `{task}` becomes the task as one word, `{files}` the paths of its files. */
  command: z.string(),
  /** What it is called on screen and in the log. Default: the program's name. */
  name: z.string().optional(),
  /** Milliseconds that one run of it may take. Default: no limit but the race's. */
  timeoutMs: z.number().positive().optional(),
  /** Cut off by a crash, it may be run again without asking: twice is as good as once. Default: false. */
  repeatable: z.boolean().optional(),
  /** How often it may be run in all while its answers are rejected. Default: 3. */
  rounds: z.int().min(1).optional(),
});
/**
 * What a team of a command is made with.
 * @useDeclaredType
 */
export type CommandTeamOptions = Readonly<z.infer<typeof commandTeamOptionsSchema>>;

export const COMMAND_KIND = "command";
const DEFAULT_ROUNDS = 3;
const LONGEST_NAME = 40;
/** What commands may begin with that is no program's name. */
const SHELL_WORDS = new Set("if for while until case cd set export exec time eval".split(" "));

/**
 * A team that is a program of the person's own, a coding agent say. It runs UNSANDBOXED in the team's folder, with
 * the person's network and keys. Its answer is the last line `FINAL ANSWER: …` of its standard output, else the end
 * of that, else which files it changed; an exit code other than 0 is its failure. When its answer is rejected it is
 * run again, told what was said, unless its command takes no task. Throws `UsageError` (`team-options`).
 */
export function commandTeam(options: CommandTeamOptions): Team {
  const settings = settingsOf(options);
  return {
    model: "none",
    describe: (team) => ({ team, kind: COMMAND_KIND, models: [], tools: ["command"], options: { ...options } }),
    solve: (context) => solve(context, settings),
  };
}

interface Settings extends CommandTeamOptions {
  readonly name: string;
  readonly rounds: number;
}

async function solve({ team, task, steps }: TeamContext, settings: Settings): Promise<TeamResult> {
  const own = steps.fork(settings.name);
  const run = (request: string) => runOnce(own, settings, { team, task, request });
  let request = asked(task);
  let rejected: ToolResult | undefined;
  let left = settings.rounds;
  for (let turns = 1; ; turns += 1) {
    await own.report({ type: "turn-started", turn: turns });
    const result = await run([request, ...(await steps.inputs()).map(wordsOf)].join("\n\n"));
    const answer = commandAnswer(result);
    const findings = [answer, changesOf(result)].filter(Boolean).join("\n");
    if (answer === "")
      return { outcome: "gave-up", findings, reason: "It printed nothing and changed nothing.", turns };
    await own.report({ type: "agent-spoke", agent: settings.name, text: answer });
    const proposal = { answer, findings, reason: reasonOf(settings, result), turns };
    const reply = await steps.propose(proposal);
    if (reply.kind === "accepted") return { outcome: "answered", ...proposal };
    left = reply.kind === "continued" ? settings.rounds : left - 1;
    const end = endAfter(settings, left, rejected && isSameAs(rejected, result));
    if (end !== undefined) return { ...refused(reply, end), findings, turns };
    rejected = result;
    request = followUp(task, answer, reply);
  }
}

interface Run {
  readonly team: string;
  readonly task: TeamTask;
  readonly request: string;
}

async function runOnce(own: StepContext, settings: Settings, { team, task, request }: Run): Promise<ToolResult> {
  const { command, name, timeoutMs, repeatable } = settings;
  const files = task.files.map((file) => file.path);
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  const result = await own.tool({
    tool: "command",
    arguments: { command, task: request, team, files, ...limit, ...(repeatable ? { repeatable } : {}) },
  });
  const failure = commandFailure(result, name);
  if (failure === undefined) return result;
  throw new M1Error("command-failed", failure);
}

/** Why it is not run again; undefined where it is. */
function endAfter({ command, rounds }: Settings, left: number, isUnchanged: boolean | undefined): string | undefined {
  if (!/\{task\}|M1P_TASK/.test(command)) return "Its command takes no task, so it cannot be told.";
  if (isUnchanged) return "Run again, it changed nothing.";
  return left > 0 ? undefined : `It was run ${rounds === 1 ? "once" : `${rounds} times`}.`;
}

type Refusal = Exclude<ProposalReply, { kind: "accepted" }>;

function refused(reply: Refusal, end: string) {
  if (reply.kind === "continued") return { outcome: "gave-up", reason: end } as const;
  return { outcome: "rejected", reason: `${reply.reason.split("\n")[0] ?? ""} ${end}` } as const;
}

function reasonOf({ name }: Settings, result: ToolResult): string {
  const changes = changesOf(result);
  return `${name} ended with exit code 0${changes === "" ? "" : `. ${changes}`}`;
}

function wordsOf(input: Input): string {
  return input.text;
}

/** The task, with the form in which its answer is wanted. */
function asked({ prompt, answer }: TeamTask): string {
  if (!answer) return prompt;
  return `${prompt}\n\n${answer.demand} End with a line of this form: FINAL ANSWER: the answer itself`;
}

/** What it is asked after its answer was not the end. */
function followUp(task: TeamTask, answer: string, reply: Refusal): string {
  const said =
    reply.kind === "rejected"
      ? `That was not accepted. The check said:\n${reply.reason}\n\nGo on from there, so that the check succeeds.`
      : reply.text;
  return `${asked(task)}\n\nYou have worked on this before, in this very folder, and what you changed is there. You ended with:\n${answer}\n\n${said}`;
}

/** The program that a command begins with, without its folder. */
function programName(command: string): string {
  const words = command.trim().split(/\s+/);
  const program = words.find((word) => !/^\w+=/.test(word)) ?? "";
  const name = program.replaceAll(/["']/g, "").split("/").at(-1) ?? "";
  return nameable(name) && !SHELL_WORDS.has(name) ? name : "command";
}

function nameable(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}._+-]*$/u.test(name) && name.length <= LONGEST_NAME;
}

function settingsOf(options: CommandTeamOptions): Settings {
  const parsed = commandTeamOptionsSchema.safeParse(options);
  if (!parsed.success) throw new UsageError("team-options", `A command's team: ${z.prettifyError(parsed.error)}`);
  const { command, name = programName(command), rounds = DEFAULT_ROUNDS } = options;
  if (nameable(name)) return { ...options, name, rounds };
  throw new UsageError("team-options", `"${name}" cannot be the name of a team's command.`, {
    hint: `Take letters, digits and . _ + - only, at most ${LONGEST_NAME}.`,
  });
}
