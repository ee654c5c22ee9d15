import type { z } from "zod";
import type { Clock } from "../base/clock.ts";
import type { ToolResult } from "../events/tool-call.ts";
import type { ToolDeclaration } from "../steps/executors.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** What a tool's call is given of its surroundings. */
export interface ToolContext {
  /**
   * The folder of the team that calls. An external call has none and reading this throws `no-workspace`: it is
   * performed for the run, so all that it does must stand in its arguments, which are what a person approves.
   */
  readonly workspace: Workspace;
  /** Aborted when the call is no longer wanted: it must let go of everything and reject with the signal's reason. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Shows text while it comes; never logged. */
  readonly live: (text: string) => void;
  /**
   * Of an external call: what names it, the same however often it is tried, over restarts too (a UUID). Send
   * it with the call, as a key that the other side knows calls by, or as a reference to find it again. Else empty.
   */
  readonly idempotencyKey: string;
  /**
   * Keeps bytes with the run and gives their name, by which a message may show them. Missing where there is no run,
   * and in external calls.
   */
  readonly keep?: (bytes: Uint8Array) => Promise<string>;
}

/** What a status query is given: all that the call had but a folder. */
export type StatusContext = Omit<ToolContext, "workspace">;

/**
 * What became of an external call: it was `performed`, with this result; it surely was `not-performed`, and no
 * earlier try of it is still on its way; or that is `unknown`, now (it is asked again in a moment) or for good.
 */
export type CallStatus = { readonly performed: ToolResult } | "not-performed" | "unknown";

/** What a tool is given to open again what it held alive for a team. */
export type SessionContext = Pick<ToolContext, "workspace" | "clock" | "signal">;

/** A tool of which only the shape of its arguments has been forgotten, so that tools fit into one list. */
export interface Tool {
  /** What models and rules call it by: lower case with hyphens. */
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  readonly parameters: z.ZodType;
  /**
   * True where the other side does a call of one idempotency key once, however often it comes: then a call of
   * which nobody knows whether it was done (a crash, a broken connection) is simply sent again.
   */
  readonly idempotent?: boolean;
  /**
   * How long one try of an external call may take, in milliseconds; then it is aborted, and nobody knows whether it
   * was done. Default: one minute.
   */
  readonly timeoutMs?: number;
  /** What this very call does to the world and which hosts it may reach. The arguments have been validated. */
  declare(args: unknown): ToolDeclaration;
  /**
   * Does it. What a model can do something about (a missing file, a program's failure) is a result; a throw means
   * that the tool itself could not work. On abort it rejects with the signal's reason.
   * An external call that surely did nothing throws `NotPerformed`; after any other throw it counts as in doubt.
   */
  call(args: unknown, context: ToolContext): Promise<ToolResult>;
  /**
   * Finds out what became of an external call, by its idempotency key or its arguments. It changes nothing. A
   * throw counts as `unknown`.
   */
  status?(args: unknown, context: StatusContext): Promise<CallStatus>;
  /**
   * For a tool that holds something alive between the calls of a team (a page, a shell, a connection). When a run goes
   * on in another process, `reopen` may open it again as it was; where it resolves with false, throws or is missing,
   * the team is told that it was lost.
   */
  readonly session?: {
    /** Opens again what the tool held for this team; false where that cannot be. */
    reopen?(context: SessionContext): Promise<boolean>;
  };
}

/** What `defineTool` takes: a tool whose functions get their arguments typed. */
export interface ToolDefinition<Parameters extends z.ZodType> extends Pick<
  Tool,
  "name" | "description" | "idempotent" | "timeoutMs" | "session"
> {
  readonly parameters: Parameters;
  /** What this very call does to the world and which hosts it may reach. */
  declare(args: z.output<Parameters>): ToolDeclaration;
  /** Does it; see `Tool.call`. */
  call(args: z.output<Parameters>, context: ToolContext): Promise<ToolResult>;
  /** Finds out what became of an external call; see `Tool.status`. */
  readonly status?: (args: z.output<Parameters>, context: StatusContext) => Promise<CallStatus>;
}

/**
 * Makes a tool whose functions get their arguments typed, and validated by `parameters`. What each member means
 * is said at `Tool`. A tool that changes something outside the team's folder declares its calls `external`, and
 * is best `idempotent`; else a `status` query spares a person the question after a crash.
 */
export function defineTool<Parameters extends z.ZodType>(definition: ToolDefinition<Parameters>): Tool {
  const { name, description, parameters, idempotent = false, timeoutMs, status, session } = definition;
  return {
    name,
    description,
    parameters,
    idempotent,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(session && { session }),
    declare: (args) => definition.declare(parameters.parse(args)),
    call: (args, context) => definition.call(parameters.parse(args), context),
    ...(status && {
      status: async (args: unknown, context: StatusContext) => status(parameters.parse(args), context),
    }),
  };
}
