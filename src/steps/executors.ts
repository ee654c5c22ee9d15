import type { Message } from "../events/message.ts";
import type { ModelReply, ModelSettings, Usage } from "../events/model-call.ts";
import type { Effect, ToolResult } from "../events/tool-call.ts";
import type { LiveEvent } from "../events/live.ts";

/** `Omit` that keeps a union a union. */
type WithoutKey<Event> = Event extends unknown ? Omit<Event, "key"> : never;

/** What the door gives whoever executes a step. */
export interface StepExecution {
  /**
   * Aborted when the team is stopped. An executor must then let go of everything (request, process group) and reject.
   */
  readonly signal: AbortSignal;
  /** The team whose step it is. */
  readonly team?: string;
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
  /** What a call is taken to have used of which nobody knows how far it came: the process died in it. */
  cutOffUsage(messages: readonly Message[], settings: ModelSettings): Promise<Usage>;
}

/** What a tool declares of one call before it runs. */
export interface ToolDeclaration {
  /** `read`: nothing in the world changes. `workspace`: only the team's own folder does. `external`: anything else. */
  readonly effect: Effect;
  /** The hosts that the call may reach. */
  readonly egress: readonly string[];
  /**
   * When an `external` call is done. `staged` (the default): after the race is decided, and only if the
   * answer rests on the team that asked; the team hears "staged". `now`: at once, since the team cannot go
   * on without its result; done once for the whole run, and every team that asks the same gets the same.
   */
  readonly acts?: "staged" | "now";
  /** True where doing the call twice is as good as doing it once: then a call cut off in the middle is done again. */
  readonly repeatable?: boolean;
}

/** Below the door, for tool steps of one team. */
export interface ToolExecutor {
  /** Throws `UsageError` (`tool-unknown`, `tool-arguments`) for a call that cannot be. */
  declare(tool: string, args: Readonly<Record<string, unknown>>): ToolDeclaration;
  execute(tool: string, args: Readonly<Record<string, unknown>>, execution: StepExecution): Promise<ToolResult>;
  /**
   * In a process that goes on with a team: opens again what the tool held alive for it between calls. True where that
   * is there, or where it holds nothing.
   */
  reopen(tool: string, signal: AbortSignal): Promise<boolean>;
}

/** A tool call as a team's step asks for it. */
export interface EffectRequest {
  /** The team that asks. */
  readonly team: string;
  /** The key of its step. */
  readonly key: string;
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
}

/**
 * Performs external calls for the run (promise R5). What it is asked again under the same identity it does not do
 * again.
 */
export interface EffectPerformer {
  /**
   * A call that must act to go on. It takes the run's permit for tool and canonical arguments: the first that asks has
   * it performed, all others share the result. It belongs to the run: the asking team's end does not end it. Rejects
   * with `M1Error`: `effect-failed` when it surely was not done, `effect-refused` when nobody knows whether it was done
   * and a person decided not to repeat it. While a person is asked it waits, for hours if need be.
   */
  perform(request: EffectRequest): Promise<ToolResult>;
  /**
   * Whether a `workspace` step with egress that a crash cut off may be run again: at once where the tool says
   * `repeatable`, else a person decides.
   */
  mayRepeat(request: EffectRequest): Promise<boolean>;
}
