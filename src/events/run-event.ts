import { z } from "zod";
import { aggregateSchema, answersAggregated } from "./aggregate.ts";
import { effectFinished, effectStarted, questionAnswered, questionAsked, runWaiting } from "./effect.ts";
import { acceptanceSchema, acceptanceVerdictSchema, inputSchema, proposalReplySchema } from "./input.ts";
import { orchestratorModeSchema, progressLedgerSchema, taskLedgerSchema } from "./ledger.ts";
import { modelAbilitiesSchema, modelReplySchema, modelStepSchema, usageSchema } from "./model-call.ts";
import { taskSchema } from "./task.ts";
import { toolResultSchema, toolStepSchema } from "./tool-call.ts";
import { formedAnswerSchema, verdictShape } from "./verdict.ts";

/** The version of the event vocabulary; a log says in `run-started` which one it was written in. */
export const FORMAT_VERSION = 2;

const team = z.string();
/** A place in a team's sequence of recorded doings: `team-2/Coder/17`. */
const key = z.string();

export const racePolicySchema = z.object({
  name: z.string(),
  /** How many accepted answers end the race; null: wait for every team. */
  need: z.number().nullable(),
  /** What counts: any end of a team (`finished`, the paper's literal baseline) or a real answer. */
  accept: z.enum(["finished", "answered"]),
});
/**
 * What ends a race.
 * @useDeclaredType
 */
export type RacePolicy = z.infer<typeof racePolicySchema>;

export const limitsSchema = z.object({
  usd: z.number().optional(),
  tokens: z.number().optional(),
  deadlineMs: z.number().optional(),
});
export type Limits = z.infer<typeof limitsSchema>;

/** What is known of a team before it starts, for `run-started` and for people. */
export const teamDescriptionSchema = z.object({
  team,
  kind: z.string(),
  models: z.array(z.string()),
  /** The tools it may call, by name. */
  tools: z.array(z.string()),
  /** The orchestrator's mode at the start, where the team has an orchestrator. */
  mode: orchestratorModeSchema.optional(),
  temperature: z.number().optional(),
  seed: z.number().optional(),
  /** What its model was taken to be able to do; a resumed team goes by the same. */
  abilities: modelAbilitiesSchema.optional(),
  /** What its model calls had before the fork, where the fork changed that. */
  before: z.object({ model: z.string(), temperature: z.number().optional(), seed: z.number().optional() }).optional(),
  /** What it was made with: kind and options make it again. Absent for teams that are code of a program. */
  options: z.record(z.string(), z.unknown()).optional(),
});
/**
 * What is known of a team before it starts, for `run-started` and for people.
 * @useDeclaredType
 */
export type TeamDescription = z.infer<typeof teamDescriptionSchema>;

/** Where a run's first events come from: another run's log, whose head was event `seq` with this hash then. */
const originSchema = z.object({
  kind: z.enum(["fork", "continuation"]),
  runId: z.string(),
  seq: z.number(),
  hash: z.string(),
  /** How many events of this run, from its first on, are that run's: what they record was done there. */
  copied: z.number(),
  /** Where that log is damaged, the first event that cannot be read: what was done there is unknown. */
  damagedAt: z.number().optional(),
});
/**
 * Where a run's first events come from, where it is a fork or a continuation.
 * @useDeclaredType
 */
export type Origin = z.infer<typeof originSchema>;

export const failureSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });
export type Failure = z.infer<typeof failureSchema>;

const runStarted = z.object({
  type: z.literal("run-started"),
  formatVersion: z.number(),
  engineVersion: z.string(),
  promptVersion: z.string(),
  runId: z.string(),
  task: taskSchema,
  teams: z.array(teamDescriptionSchema),
  policy: racePolicySchema,
  /** How one answer is made of several. Absent: the first of one, the vote of more. */
  aggregate: aggregateSchema.optional(),
  limits: limitsSchema,
  seed: z.string(),
  /** True where a scripted model answers: a rehearsal, always labelled. */
  rehearsal: z.boolean(),
  /** How it is found out whether an answer may end the race. Absent: every real answer may. */
  acceptance: acceptanceSchema.optional(),
  /** The person's folder that every team started from, and what was in it then. */
  workdir: z.object({ path: z.string(), snapshot: z.string() }).optional(),
  /** What the teams' programs run in. Absent: the standard packages, in the sandbox. */
  programs: z.object({ pythonPackages: z.array(z.string()), unsafeHostExec: z.boolean() }).optional(),
  /** The run that this one goes on from: its first events are that run's. */
  origin: originSchema.optional(),
});

/** A process goes on with a run that another one left; promise S4: the versions that hold from here on. */
const runResumed = z.object({
  type: z.literal("run-resumed"),
  formatVersion: z.number(),
  engineVersion: z.string(),
  promptVersion: z.string(),
});

const teamLaunched = z.object({ type: z.literal("team-launched"), team });

/** The team's folder is there, with this in it. */
const workspaceOpened = z.object({
  type: z.literal("workspace-opened"),
  snapshot: z.string(),
  /** The task's files by their paths in it. */
  files: z.array(z.object({ path: z.string(), bytes: z.number() })),
});

const stepStarted = z.object({
  type: z.literal("step-started"),
  key,
  agent: z.string(),
  step: z.discriminatedUnion("kind", [modelStepSchema, toolStepSchema]),
  /** Hash of what is asked; on resume the same key must ask the same. */
  request: z.string(),
});

/** A step that was cut off (the process died) is done again, under its key. */
const stepRestarted = z.object({
  type: z.literal("step-restarted"),
  key,
  reason: z.string(),
  /** What the cut-off call is taken to have used: a model call may have been charged, and nobody counted. */
  usage: usageSchema.optional(),
});

const stepFinished = z.object({
  type: z.literal("step-finished"),
  key,
  status: z.enum(["succeeded", "failed", "aborted"]),
  reply: modelReplySchema.optional(),
  result: toolResultSchema.optional(),
  failure: failureSchema.optional(),
  usage: usageSchema.optional(),
  /** Attempts below the door, the last one included; failed ones in words. */
  attempts: z.number(),
  retried: z.array(z.string()).optional(),
  durationMs: z.number(),
  /** What is in the team's folder after it, where it may have changed something. */
  snapshot: z.string().optional(),
  /** True for an external call that waits for the decision: the result says so, nothing was done. */
  staged: z.boolean().optional(),
});

/** Something is sent to a team, which takes it at the next place where it asks. */
const inputSent = z.object({ type: z.literal("input-sent"), team, input: inputSchema });

/** An input, with the place at which the team takes it. */
const inputDelivered = z.object({ type: z.literal("input-delivered"), key, input: inputSchema });

/** The team has an answer. It ends the race only once it is accepted and the team has finished. */
const answerProposed = z.object({
  type: z.literal("answer-proposed"),
  key,
  answer: z.string(),
  findings: z.string(),
  reason: z.string(),
  turns: z.number(),
});

/** What the run's acceptance says of a proposal (by its key). */
const answerJudged = z.object({
  type: z.literal("answer-judged"),
  team,
  proposal: z.string(),
  ...acceptanceVerdictSchema.shape,
  /** The answer as the task's form has it: in its notation, and what it says; where it is a file, its bytes. */
  formed: formedAnswerSchema.optional(),
  durationMs: z.number(),
});

/** The team hears what became of its proposal. */
const proposalAnswered = z.object({ type: z.literal("proposal-answered"), key, reply: proposalReplySchema });

const turnStarted = z.object({
  type: z.literal("turn-started"),
  key,
  turn: z.number(),
});

const taskLedgerWritten = z.object({
  type: z.literal("task-ledger-written"),
  key,
  ledger: taskLedgerSchema,
  /** 0 at the start, then counting re-plans. */
  replan: z.number(),
});

const progressLedgerWritten = z.object({
  type: z.literal("progress-ledger-written"),
  key,
  /** The turn that it opens, unless it ends the work. */
  turn: z.number(),
  ledger: progressLedgerSchema,
  /** Who filled it in: `rules` also where the model's ledger was unusable this time. */
  mode: orchestratorModeSchema,
});

const ledgerRejected = z.object({
  type: z.literal("ledger-rejected"),
  key,
  /** What was wrong with the model's reply, in the words the model is shown. */
  problem: z.string(),
  /** Which rung of the structured-output ladder the reply came by. */
  rung: z.enum(["schema", "tool", "json"]),
});

const orchestratorModeChanged = z.object({
  type: z.literal("orchestrator-mode-changed"),
  key,
  mode: orchestratorModeSchema,
  reason: z.string(),
});

const stallCounted = z.object({
  type: z.literal("stall-counted"),
  key,
  /** The count after this rise or fall. */
  stalls: z.number(),
  limit: z.number(),
  reason: z.string(),
});

/** A team's conversations had become long for its model's window: older messages are shown in them in another way. */
const contextCompacted = z.object({
  type: z.literal("context-compacted"),
  key,
  /** Tokens that the model takes, prompt and reply together, as far as the team knows. */
  window: z.number(),
  /** The Orchestrator's conversation before and after, in estimated tokens. */
  tokensBefore: z.number(),
  tokensAfter: z.number(),
  /** Messages up to this number are no longer shown, some that must be kept apart; 0: none was dropped. */
  dropped: z.number(),
  /** Messages up to this number are cut to their beginning and end. */
  shortened: z.number(),
  /** What stands for the dropped ones. */
  digest: z.string().optional(),
});

const agentSpoke = z.object({
  type: z.literal("agent-spoke"),
  key,
  agent: z.string(),
  /** Who is asked, where the message is an instruction. */
  to: z.string().optional(),
  text: z.string(),
});

const deadLetterSeen = z.object({
  type: z.literal("dead-letter-seen"),
  key,
  to: z.string(),
  reason: z.string(),
});

const teamFinished = z.object({
  type: z.literal("team-finished"),
  team,
  /** `rejected`: its answer did not pass the run's acceptance, and it could not take that up. */
  outcome: z.enum(["answered", "rejected", "gave-up", "turn-limit", "failed", "stopped"]),
  answer: z.string().optional(),
  /** The team's own words behind its answer, or the best it found without one. */
  findings: z.string().optional(),
  reason: z.string(),
  turns: z.number(),
});

const deadlinePassed = z.object({ type: z.literal("deadline-passed"), deadlineMs: z.number() });

const cancelRequested = z.object({ type: z.literal("cancel-requested"), reason: z.string() });

export type { Outcome, Verdict } from "./verdict.ts";

const raceDecided = z.object({ type: z.literal("race-decided"), ...verdictShape });

/** What the external calls of a run came to: `pending` waits for a person's decision. */
const effectsSummarySchema = z.enum(["none", "done", "pending", "failed"]);
/**
 * What became of a run's external calls.
 * @useDeclaredType
 */
export type EffectsSummary = z.infer<typeof effectsSummarySchema>;

export const runUsageSchema = z.object({
  calls: z.number(),
  tokens: z.number(),
  cachedTokens: z.number(),
  /** Null where a price was unknown; then `tokens` is what is known. */
  costUsd: z.number().nullable(),
  estimated: z.boolean(),
  /** True where programs of the person's own ran: what these used nobody told us, and it is not in the numbers. */
  uncounted: z.boolean().optional(),
});
export type RunUsage = z.infer<typeof runUsageSchema>;

export const teamReportSchema = z.object({
  team,
  outcome: z.string(),
  turns: z.number(),
  steps: z.number(),
  usage: runUsageSchema,
  /** The orchestrator's mode at the end, where the team has one; it may have been demoted. */
  mode: orchestratorModeSchema.optional(),
  /** Ledgers of its model that were unusable. */
  ledgersRejected: z.number(),
  ms: z.number(),
  reason: z.string(),
});
export type TeamReport = z.infer<typeof teamReportSchema>;

const runFinished = z.object({
  type: z.literal("run-finished"),
  ...verdictShape,
  runId: z.string(),
  usage: runUsageSchema,
  /** What the run's end cost: model and tool calls begun or cut off after the decision. */
  afterWin: z.object({
    callsBegun: z.number(),
    callsAborted: z.number(),
    tokens: z.number(),
    quietMs: z.number(),
    /** What was still alive when we stopped waiting for quiet. */
    stillAlive: z.array(z.string()),
  }),
  effects: effectsSummarySchema,
  /** What a model that aggregated used; it is part of `usage`. */
  aggregation: runUsageSchema.optional(),
  teams: z.array(teamReportSchema),
});

/** Everything that can happen in a run, as it is written to the log. */
export const runEventSchema = z.discriminatedUnion("type", [
  runStarted,
  runResumed,
  teamLaunched,
  workspaceOpened,
  stepStarted,
  stepRestarted,
  stepFinished,
  inputSent,
  inputDelivered,
  answerProposed,
  answerJudged,
  proposalAnswered,
  answersAggregated,
  effectStarted,
  effectFinished,
  questionAsked,
  questionAnswered,
  runWaiting,
  turnStarted,
  taskLedgerWritten,
  progressLedgerWritten,
  ledgerRejected,
  orchestratorModeChanged,
  stallCounted,
  contextCompacted,
  agentSpoke,
  deadLetterSeen,
  teamFinished,
  deadlinePassed,
  cancelRequested,
  raceDecided,
  runFinished,
]);
/**
 * Everything that can happen in a run, as the log has it.
 * @useDeclaredType
 */
export type RunEvent = z.infer<typeof runEventSchema>;
/** An event of one type. */
export type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

/** What a team reports of itself; its key is given by the team's step context. */
export type TeamEvent = WithoutKey<
  EventOf<
    | "turn-started"
    | "task-ledger-written"
    | "progress-ledger-written"
    | "ledger-rejected"
    | "orchestrator-mode-changed"
    | "stall-counted"
    | "context-compacted"
    | "agent-spoke"
    | "dead-letter-seen"
  >
>;
type WithoutKey<Event> = Event extends unknown ? Omit<Event, "key"> : never;

/** Whose events these are: the run's own, or one team's. */
export type Scope = string;
export const RUN_SCOPE: Scope = "run";

/** An event in its place in the log. */
export type LoggedEvent<Event extends RunEvent = RunEvent> = Event & {
  readonly seq: number;
  /** Wall-clock time of the append, milliseconds since the epoch; never before that of the event before. */
  readonly time: number;
  readonly scope: Scope;
};

/** An event as it was before it had its place in a log, and one that has none as it is. */
export function withoutPlace<Event extends RunEvent>(event: Event): EventOf<Event["type"]> {
  const { seq: _seq, time: _time, scope: _scope, ...bare } = { seq: 0, time: 0, scope: "", ...event };
  return bare as EventOf<Event["type"]>;
}
