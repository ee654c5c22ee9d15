import type { ModelReply, ModelSettings } from "../events/model-call.ts";
import type { Input, ProposalReply } from "../events/input.ts";
import type { ToolResult } from "../events/tool-call.ts";
import type { TeamEvent } from "../events/run-event.ts";
import type { Conversation } from "./conversation.ts";

/** One question to a model. Without `model`, the team's own is asked; its temperature and seed hold unless said. */
export interface ModelCall extends Partial<ModelSettings> {
  readonly conversation: Conversation;
}

/** A model's reply, with how long its prompt was. */
export interface PromptedReply extends ModelReply {
  /**
   * The prompt's tokens by the provider's count; absent where nobody counted, or several attempts were counted
   * together.
   */
  readonly promptTokens?: number;
}

/** One call of a tool by its name. */
export interface ToolRequest {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** An answer that a team puts before the race, as its result would say it. */
export interface Proposal {
  readonly answer: string;
  /** The team's own words behind it. */
  readonly findings: string;
  readonly reason: string;
  readonly turns: number;
}

/**
 * All that team code may reach the world through (promise S2). Everything done here is journaled
 * under keys of this context's scope, in the order of the calls; work in parallel inside a team
 * needs a fork each, so that the order within a fork stays the same on resume.
 */
export interface StepContext {
  /** `team-2`, or `team-2/Coder` for a fork. */
  readonly scope: string;
  /** Aborted when the team is stopped; a call under way then rejects with its reason at once. */
  readonly signal: AbortSignal;
  /** A context of its own for one member of the team. The same name again continues the same fork. */
  fork(name: string): StepContext;
  /**
   * Asks a model. Throws `StepFailed` when it cannot be had (after the retries below the door), the
   * abort reason when the team is stopped.
   */
  model(call: ModelCall): Promise<PromptedReply>;
  /** Calls a tool. A program's failure is a result; `StepFailed` means that the tool itself could not work. */
  tool(request: ToolRequest): Promise<ToolResult>;
  /**
   * Journals what the team tells of itself, in the order of the calls; durable before anything that
   * the team does later leaves the process. What no log can hold is the team's failure.
   */
  report(event: TeamEvent): Promise<void>;
  /**
   * Takes what has come for the team since it last asked: a person's words, a notice of the run. Journaled
   * with its place, so that a resumed team takes the same at the same place. Mostly nothing.
   */
  inputs(): Promise<readonly Input[]>;
  /**
   * Puts an answer before the race and waits for what becomes of it. Accepted, the team returns it as its
   * result; rejected or continued, it may go on working with what was said. A team that returns an answer
   * without having proposed it is proposed by its host, and a rejection then ends it.
   */
  propose(proposal: Proposal): Promise<ProposalReply>;
  /** A number in [0, 1) that is the same on resume. */
  random(): number;
}
