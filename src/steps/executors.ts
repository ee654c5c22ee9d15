import type { Message } from "../events/message.ts";
import type { ModelReply, ModelSettings, Usage } from "../events/model-call.ts";
import type { Effect, ToolResult } from "../events/tool-call.ts";
import type { LiveEvent } from "../events/live.ts";

/** `Omit` that keeps a union a union. */
type WithoutKey<Event> = Event extends unknown ? Omit<Event, "key"> : never;

/** What the door gives whoever executes a step. */
export interface StepExecution {
  /** Aborted when the team is stopped. An executor must then let go of everything (request, process group) and reject. */
  readonly signal: AbortSignal;
  /** Shows something while it happens; never logged. */
  live(event: WithoutKey<LiveEvent>): void;
}

/** What a model call came to, with what it took to get there. */
export interface ModelOutcome {
  readonly reply: ModelReply;
  readonly usage: Usage;
  /** Attempts made, the good one included. */
  readonly attempts: number;
  /** Why earlier attempts failed, in words. */
  readonly retried: readonly string[];
}

/** Below the door, for model steps: retries, pacing and timeouts happen here. */
export interface ModelExecutor {
  /**
   * Throws `ModelFailure` with the cause's code (`model-aborted` after an abort), which tells what the
   * failed or aborted call used all the same; another `M1Error` where nothing was asked.
   */
  execute(messages: readonly Message[], settings: ModelSettings, execution: StepExecution): Promise<ModelOutcome>;
}

/** What a tool declares of one call before it runs. */
export interface ToolDeclaration {
  readonly effect: Effect;
  readonly egress: readonly string[];
}

/** Below the door, for tool steps of one team. */
export interface ToolExecutor {
  /** Throws `UsageError` (`tool-unknown`, `tool-arguments`) for a call that cannot be. */
  declare(tool: string, args: Readonly<Record<string, unknown>>): ToolDeclaration;
  execute(tool: string, args: Readonly<Record<string, unknown>>, execution: StepExecution): Promise<ToolResult>;
}
