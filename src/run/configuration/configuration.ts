import { z } from "zod";
import { orchestratorModeSchema, type OrchestratorMode } from "../../events/ledger.ts";
import type { PacingLimits } from "../../model/pacing/own-limits.ts";
import { type CommandTeamOptions, commandTeamOptionsSchema } from "../../team/adapters/command-team.ts";
import type { Agent } from "../../team/magentic-one/agent.ts";
import { defaultAgents, type Member } from "../../team/magentic-one/members.ts";
import type { Team } from "../../team/team.ts";
import type { Tool } from "../../tools/tool.ts";

/** A Magentic-One team of a line-up. What it does not say is as the rest of the configuration says. */
export interface MagenticOneSpec {
  /** The reference of its model. */
  readonly model?: string;
  /** From 0 to 2. */
  readonly temperature?: number;
  /** How its Orchestrator starts; it is demoted on counted failures. */
  readonly mode?: OrchestratorMode;
  readonly maxTurns?: number;
  readonly maxStalls?: number;
  readonly maxReplans?: number;
  /** Tokens that its model takes, prompt and reply together. */
  readonly contextWindow?: number;
  /** Its members: those that come with m1-parallel by their names, your own as `defineAgent` makes them. */
  readonly agents?: readonly Member[];
  /** So many teams like this. Default: 1. */
  readonly times?: number;
}

/**
 * One entry of a line-up: a Magentic-One team, a command as a team (UNSANDBOXED), or a team such as `functionTeam`
 * makes.
 */
export type LineUpEntry = MagenticOneSpec | CommandTeamOptions | Team;

/** What a person may set for all runs, in `m1p.config.ts`; flags and environment variables win over it. */
export interface Configuration {
  /** A model reference, or several: team i gets the i-th, cyclic. Default: the first model that is here. */
  readonly model?: string | readonly string[];
  /** How many teams race, 1 to 1,000, or which: a line-up. Default: 3. */
  readonly teams?: number | readonly LineUpEntry[];
  /** Line-ups by name, for `m1p solve --line-up NAME`. */
  readonly lineUps?: Readonly<Record<string, readonly LineUpEntry[]>>;
  /** The members of each Magentic-One team that does not say its own. Default: `defaultAgents`. */
  readonly agents?: readonly Member[];
  /** Tools of your own; agents and teams have those that they name. */
  readonly tools?: readonly Tool[];
  /** `first-answer` (the default), `first-finisher` or `all`. */
  readonly policy?: string;
  /** How many answers the policy waits for, where it is not `all`. Default: 1. */
  readonly need?: number;
  /** How one answer is made of several: `first`, `vote`, `llm`, or `llm:MODEL`. Default: `vote`. */
  readonly aggregate?: string;
  /** Turns that a team may take. Default: 30. */
  readonly maxTurns?: number;
  /** From 0 to 2. Default: 0.7; under rules 0.3. */
  readonly temperature?: number;
  /**
   * Tokens that the model takes, prompt and reply together, from 2,000 on; long conversations are kept within. Default:
   * what is known of the model, else 32,768 until it refuses.
   */
  readonly contextWindow?: number;
  /** What all teams of a run together may spend: US dollars, tokens. */
  readonly budget?: { readonly usd?: number; readonly tokens?: number };
  /** Milliseconds of work after which a race ends. */
  readonly deadlineMs?: number;
  /**
   * Your own limits, by provider (`openai`, `anthropic`, `google`, `ollama`) or endpoint, over all runs of the data
   * directory.
   */
  readonly pacing?: PacingLimits;
  /** Where runs are kept. */
  readonly dataDir?: string;
  /** Plain lines on a terminal instead of lanes, for screen readers say. */
  readonly plain?: boolean;
  /** What the teams' Python has beside numpy, pandas and scipy, as pip names it. */
  readonly python?: { readonly packages: readonly string[] };
}

/** Types a configuration file: `export default defineConfig({ model: "openai/gpt-5", teams: 4 })`. */
export function defineConfig(configuration: Configuration): Configuration {
  return configuration;
}

/** Whether an entry of a line-up is a team as it stands. */
export function isTeam(entry: LineUpEntry): entry is Team {
  return has(entry, "solve") && has(entry, "describe");
}

/** Whether an entry of a line-up is a command. */
export function isCommand(entry: LineUpEntry): entry is CommandTeamOptions {
  return !isTeam(entry) && Object.hasOwn(entry, "command");
}

const positive = z.number().positive();
const MOST_TEAMS = 1000;
const WHAT_AGENTS_ARE = `must be an agent that defineAgent made, or one of "${defaultAgents.join('", "')}"`;

const member = z.custom<Member>(
  (given) => (typeof given === "string" ? defaultAgents.some((name) => name === given) : has(given, "respond")),
  WHAT_AGENTS_ARE,
);
const tool = z.custom<Tool>((given) => has(given, "call") && has(given, "declare"), "must be what defineTool made");

const magenticOneSpecSchema = z.strictObject({
  model: z.string().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  mode: orchestratorModeSchema.optional(),
  maxTurns: z.int().min(1).optional(),
  maxStalls: z.int().min(1).optional(),
  maxReplans: z.int().min(0).optional(),
  contextWindow: z.int().min(2000).optional(),
  agents: z.array(member).min(1).optional(),
  times: z.int().min(1).max(MOST_TEAMS).optional(),
});

/** Each entry is held against what it looks like, so that a problem names one key and not three possibilities. */
const entrySchema = z.unknown().transform((given, context): LineUpEntry => {
  if (has(given, "solve") && has(given, "describe")) return given as Team;
  const isOfCommand = typeof given === "object" && given !== null && Object.hasOwn(given, "command");
  const parsed = isOfCommand ? commandTeamOptionsSchema.safeParse(given) : magenticOneSpecSchema.safeParse(given);
  if (parsed.success) return given as LineUpEntry;
  for (const issue of parsed.error.issues) context.addIssue({ ...issue });
  return z.NEVER;
});
const lineUpSchema = z.array(entrySchema).min(1);

const ownLimitsSchema = z.strictObject({
  requestsPerMinute: positive.optional(),
  tokensPerMinute: positive.optional(),
  concurrency: z.int().min(1).optional(),
});

/** What `m1p.config.ts` may export. */
export const configurationSchema = z.strictObject({
  model: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  teams: z
    .unknown()
    .transform((given, context): number | LineUpEntry[] => {
      const parsed = Array.isArray(given) ? lineUpSchema.safeParse(given) : countSchema.safeParse(given);
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues) context.addIssue({ ...issue });
      return z.NEVER;
    })
    .optional(),
  lineUps: z.record(z.string(), lineUpSchema).optional(),
  agents: z.array(member).min(1).optional(),
  tools: z.array(tool).optional(),
  policy: z.string().optional(),
  need: z.int().min(1).optional(),
  aggregate: z.string().optional(),
  maxTurns: z.int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  contextWindow: z.int().min(2000).optional(),
  budget: z.strictObject({ usd: positive.optional(), tokens: positive.optional() }).optional(),
  deadlineMs: positive.optional(),
  pacing: z.record(z.string().min(1), ownLimitsSchema).optional(),
  dataDir: z.string().min(1).optional(),
  plain: z.boolean().optional(),
  python: z.strictObject({ packages: z.array(z.string().min(1)) }).optional(),
});

const countSchema = z
  .int("must be a whole number, or a list of teams")
  .min(1, "must be at least 1")
  .max(MOST_TEAMS, `must be at most ${MOST_TEAMS}`);

function has(given: unknown, method: string): boolean {
  return (
    typeof given === "object" && given !== null && typeof (given as Record<string, unknown>)[method] === "function"
  );
}

/** The agents and teams of a person's own that a configuration has anywhere: what a log cannot make again. */
export function ownPartsOf({ teams, lineUps = {}, agents = [], tools = [] }: Configuration): {
  readonly tools: readonly Tool[];
  readonly agents: readonly Agent[];
  readonly ownTeams: readonly Team[];
} {
  const entries = [...(typeof teams === "object" ? teams : []), ...Object.values(lineUps).flat()];
  const members = [...agents, ...entries.flatMap((entry) => ("agents" in entry ? (entry.agents ?? []) : []))];
  const own = members.filter((each) => typeof each !== "string");
  return { tools, agents: [...new Set(own)], ownTeams: entries.filter(isTeam) };
}
