/**
 * Races several agent teams on one hard task: the first real answer wins, the rest stop at once.
 * @module m1-parallel
 */
export { race, type Race, type RaceResult, type Receipt } from "./run/race.ts";
export { resume } from "./run/resume.ts";
export {
  applyRun,
  type AppliedChange,
  type ApplyConflict,
  type ApplyOptions,
  type ApplyResult,
} from "./run/apply/apply-run.ts";
export { continueRun, fork } from "./run/fork/fork.ts";
export type {
  AcceptFunction,
  ContinueOptions,
  ForkOptions,
  RaceOptions,
  ReopenOptions,
  ResumeOptions,
} from "./run/race-options.ts";
export type { RunPlace, RunStore } from "./run/opening/run-store.ts";
export type { Candidate } from "./run/judging/answer-judge.ts";
export {
  removeRuns,
  type KeptRun,
  type RemovedRun,
  type RemovedRuns,
  type RemoveRunsOptions,
} from "./run/kept-runs/remove-runs.ts";
export type { RunSummary } from "./log/list-runs.ts";
export { NonDeterminism } from "./steps/non-determinism.ts";
export { magenticOne, type MagenticOneLineUp, type MagenticOneLineUpOptions } from "./run/line-up/magentic-one.ts";
export { defineAgent, type AgentDefinition, type AgentTurn } from "./team/magentic-one/define-agent.ts";
export type { Agent, AgentContext, AgentReply, Said } from "./team/magentic-one/agent.ts";
export { defaultAgents, type DefaultAgent, type Member } from "./team/magentic-one/members.ts";
export { commandAcceptance, type CommandAcceptance } from "./answers/acceptance.ts";
export { commandTeam, type CommandTeamOptions } from "./team/adapters/command-team.ts";
export { functionTeam, type FunctionTeamOptions, type FunctionTeamResult } from "./team/adapters/function-team.ts";
export type { Team, TeamContext, TeamResult, TeamTask, VisibleFile } from "./team/team.ts";
export { all, firstAnswer, firstAnswers, firstFinisher } from "./race/policies.ts";
export type { AnswerKind, AnswerOptions, AnswerSchema } from "./answers/answer-kind.ts";
export type { AnswerForm, ReadAnswer } from "./team/answer-form.ts";
export { first, llm, vote, type Aggregator, type LlmAggregatorOptions } from "./answers/aggregators.ts";
export {
  defineConfig,
  type Configuration,
  type LineUpEntry,
  type MagenticOneSpec,
} from "./run/configuration/configuration.ts";
export { M1Error, UsageError } from "./base/errors.ts";
export type { LiveEvent } from "./events/live.ts";
export type {
  EffectsSummary,
  EventOf,
  LoggedEvent,
  Origin,
  Outcome,
  RacePolicy,
  RunEvent,
  Scope,
  TeamDescription,
  TeamEvent,
} from "./events/run-event.ts";
export type { AcceptanceDescription, AcceptanceVerdict, Input, ProposalReply } from "./events/input.ts";
export type {
  Billing,
  LanguageModel,
  StreamedReply,
  StreamOptions,
  StreamSettings,
  TokenUsage,
} from "./model/model.ts";
export type { ModelAbilities } from "./events/model-call.ts";
export type { ResponseHeaders } from "./model/pacing/limit-headers.ts";
export type { OwnLimits, PacingLimits } from "./model/pacing/own-limits.ts";
export type { PacingAccount } from "./model/pacing/pacing-account.ts";
export type { RetryPolicy } from "./model/retry-policy.ts";
export type { ModelTimeouts } from "./model/stream-watch.ts";
export type { Clock, StopTimer } from "./base/clock.ts";
export type { Workspace } from "./tools/workspace/workspace.ts";
export { Conversation } from "./steps/conversation.ts";
export type { ModelCall, PromptedReply, Proposal, StepContext, ToolRequest } from "./steps/step-context.ts";
export {
  defineTool,
  type CallStatus,
  type SessionContext,
  type StatusContext,
  type Tool,
  type ToolContext,
  type ToolDefinition,
} from "./tools/tool.ts";
export { NotPerformed } from "./tools/not-performed.ts";
export type { ToolDeclaration } from "./steps/executors.ts";
export type { ToolResult } from "./events/tool-call.ts";
