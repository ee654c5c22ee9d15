import { UsageError } from "../../base/errors.ts";
import type { OrchestratorMode } from "../../events/ledger.ts";
import type { ModelAbilities } from "../../events/model-call.ts";
import { LadderMemory } from "../../model/structured/ladder-memory.ts";
import { estimateTokens } from "../../steps/prompt-size.ts";
import { ModelWindow } from "../context/model-window.ts";
import { windowedSteps } from "../context/windowed-steps.ts";
import type { Team, TeamContext, TeamResult } from "../team.ts";
import { archive } from "./agents/archive.ts";
import { Compaction } from "./compaction.ts";
import { Group } from "./group.ts";
import { agentsOf, assertMembers, canFollowRules, defaultAgents, toolsOf, type Member } from "./members.ts";
import { ARCHIVE, ORCHESTRATOR } from "./names.ts";
import type { LoggedOptions, MagenticOneOptions } from "./options.ts";
import { Orchestrator } from "./orchestrator.ts";
import { ProgressJudge } from "./progress-judge.ts";
import { finalAnswerPrompt } from "./prompts/final-answer.ts";
import { orchestratorInstructions } from "./prompts/orchestrator.ts";
import { fullLedgerPrompt } from "./prompts/progress-ledger.ts";
import { reminderOf, requestText, rosterText } from "./task-text.ts";
import type { Transcript } from "./transcript.ts";

const DEFAULTS = { maxTurns: 30, maxStalls: 3, maxReplans: 3 } as const;
const FRAME_AND_SCHEMA = 350;
const SMALLEST_WINDOW = 2_000;
const TEMPERATURE: Readonly<Record<OrchestratorMode, number>> = { "full-ledger": 0.7, "short-ledger": 0.7, rules: 0.3 };

/**
 * A Magentic-One team (arXiv 2411.04468): Orchestrator, Coder, ComputerTerminal, FileSurfer. One value
 * may solve many tasks, each with agents of its own. Throws `UsageError` (`team-options`,
 * `agents-none`, `agent-unknown`, `agent-twice`, `agent-name`).
 */
export function magenticOneTeam(options: MagenticOneOptions = {}): Team {
  const limits = checkedLimits(options);
  const members: readonly Member[] = options.agents ?? defaultAgents;
  assertMembers(members);
  // Of a model that nobody knows, all is expected until it fails.
  const modeOf = (abilities: ModelAbilities | undefined) =>
    ledBy(members, options.mode ?? abilities?.orchestrates ?? "full-ledger");
  const temperatureIn = (mode: OrchestratorMode) => options.temperature ?? TEMPERATURE[mode];
  return {
    model: options.model ?? "default",
    describe: (team, model, abilities) => ({
      team,
      kind: "magentic-one",
      models: model === undefined ? [] : [model],
      tools: toolsOf(members),
      mode: modeOf(abilities),
      temperature: temperatureIn(modeOf(abilities)),
      options: { ...limits, ...loggedOptions(options) },
    }),
    solve: (context) => {
      const mode = modeOf(context.abilities);
      const window = new ModelWindow(options.contextWindow ?? context.abilities?.contextTokens);
      return solve(context, { ...limits, members, mode, temperature: temperatureIn(mode), window });
    },
  };
}

function loggedOptions({ mode, temperature, contextWindow, agents }: MagenticOneOptions): LoggedOptions {
  return {
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(mode ? { mode } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(agents ? { agents: agents.map((member) => (typeof member === "string" ? member : { own: member.name })) } : {}),
  };
}

function ledBy(members: readonly Member[], mode: OrchestratorMode): OrchestratorMode {
  if (mode !== "rules" || canFollowRules(members)) return mode;
  throw new UsageError("team-options", "Rules can lead a team only if it has a Coder and a ComputerTerminal.", {
    hint: "Give it those, or a model that orchestrates: mode full-ledger or short-ledger.",
  });
}

interface Limits {
  readonly maxTurns: number;
  readonly maxStalls: number;
  readonly maxReplans: number;
}

interface Settings extends Limits {
  readonly members: readonly Member[];
  readonly mode: OrchestratorMode;
  readonly temperature: number;
  readonly window: ModelWindow;
}

async function solve(context: TeamContext, settings: Settings): Promise<TeamResult> {
  const { members, mode, temperature, window, ...limits } = settings;
  const { task } = context;
  const steps = windowedSteps(context.steps, window);
  // One for the Orchestrator and the FileSurfer, who ask the same model one after the other.
  const memory = new LadderMemory(context.abilities ?? { schema: true, tool: true });
  const agents = agentsOf(members, { temperature, memory, vision: context.abilities?.vision, window: window.tokens });
  const request = requestText(task);
  const reminder = reminderOf(request, window);
  const roster = rosterText(agents);
  const own = steps.fork(ORCHESTRATOR);
  const compaction = new Compaction({
    window,
    steps: own,
    question: longestQuestion(reminder, [...agents.map(({ name }) => name), ARCHIVE], task.answer?.rules),
    instructions: estimateTokens(orchestratorInstructions(roster, request)),
  });
  const also = ({ isAbridged }: Transcript) => (isAbridged ? [ARCHIVE] : []);
  const judge = new ProgressJudge({ steps: own, request: reminder, agents, also, task, mode, memory });
  const everybody = [...agents, archive(() => compaction.lengths().message)];
  const group = new Group(everybody, task, steps, compaction.lengths);
  const options = { ...limits, task, request, reminder, roster, group, judge, memory, compaction, steps: own };
  try {
    return await new Orchestrator(options).solve();
  } finally {
    group.stop();
  }
}

/** In estimated tokens, with its frame and the schema of the reply, which is sent beside it or in it. */
function longestQuestion(reminder: string, names: readonly string[], rules: string | undefined): number {
  const questions = [fullLedgerPrompt(reminder, names), finalAnswerPrompt(reminder, rules)];
  return FRAME_AND_SCHEMA + Math.max(...questions.map(estimateTokens));
}

function checkedLimits(options: MagenticOneOptions): Limits {
  const limits = {
    maxTurns: options.maxTurns ?? DEFAULTS.maxTurns,
    maxStalls: options.maxStalls ?? DEFAULTS.maxStalls,
    maxReplans: options.maxReplans ?? DEFAULTS.maxReplans,
  };
  for (const [name, least] of [
    ["maxTurns", 1],
    ["maxStalls", 1],
    ["maxReplans", 0],
  ] as const) {
    if (Number.isSafeInteger(limits[name]) && limits[name] >= least) continue;
    throw new UsageError("team-options", `${name} must be a whole number from ${least} on, not ${limits[name]}.`);
  }
  const { contextWindow } = options;
  if (contextWindow === undefined || (Number.isSafeInteger(contextWindow) && contextWindow >= SMALLEST_WINDOW))
    return limits;
  throw new UsageError(
    "team-options",
    `contextWindow must be a whole number of tokens from ${SMALLEST_WINDOW} on, not ${contextWindow}.`,
  );
}
