import { z } from "zod";
import { abortable, CancelScope } from "../../base/abort.ts";
import { sleep, type Clock } from "../../base/clock.ts";
import { Cancelled, describeError, M1Error } from "../../base/errors.ts";
import type { Failure } from "../../events/run-event.ts";
import { toolResultSchema, type ToolResult } from "../../events/tool-call.ts";
import { NotPerformed } from "../../tools/not-performed.ts";
import type { CallStatus, StatusContext, Tool, ToolContext } from "../../tools/tool.ts";

/** How long one try may take where the tool does not say. */
const CALL_TIMEOUT_MS = 60_000;
const STATUS_TIMEOUT_MS = 10_000;
/** Pauses between tries: three in all. */
const PAUSES_MS: readonly number[] = [1_000, 4_000];

/** What is to be called, and with what. */
export interface ExternalCall {
  readonly tool: Tool;
  readonly arguments: Record<string, unknown>;
  readonly idempotencyKey: string;
}

export interface CallSurroundings {
  readonly clock: Clock;
  /** Aborted when the call must be let go of, whatever state it is in. */
  readonly signal: AbortSignal;
  /** Aborted when no further try is to be begun. */
  readonly patience: AbortSignal;
  readonly live: (text: string) => void;
}

/** What one call came to, as far as its own end tells. */
export type CallEnd =
  | { readonly status: "performed"; readonly result: ToolResult }
  | { readonly status: "failed"; readonly failure: Failure }
  | { readonly status: "in-doubt"; readonly failure: Failure };

/**
 * Performs an external call. One that surely did nothing and may do better in a moment is tried again, at most
 * three times in all. Never rejects: a throw is its end.
 */
export async function callTool(call: ExternalCall, surroundings: CallSurroundings): Promise<CallEnd> {
  for (let tries = 1; ; tries += 1) {
    const { end, temporary } = await tryOnce(call, surroundings);
    if (!temporary || !(await pause(tries, surroundings))) return end;
  }
}

/** Waits before the next try after so many; false when there is to be none. */
export async function pause(tries: number, { clock, patience }: CallSurroundings): Promise<boolean> {
  if (tries === 0) return !patience.aborted;
  const milliseconds = PAUSES_MS[tries - 1];
  if (milliseconds === undefined) return false;
  return await sleep(clock, milliseconds, patience).then(
    () => true,
    () => false,
  );
}

async function tryOnce(
  call: ExternalCall,
  surroundings: CallSurroundings,
): Promise<{ readonly end: CallEnd; readonly temporary: boolean }> {
  const { tool, arguments: args } = call;
  const hindrance = hindranceOf(call, surroundings);
  if (hindrance) return { end: { status: "failed", failure: hindrance }, temporary: false };
  try {
    const result = await within(tool.timeoutMs ?? CALL_TIMEOUT_MS, surroundings, async (signal) =>
      tool.call(args, withoutWorkspace(contextOf(call, surroundings, signal))),
    );
    return { end: { status: "performed", result: kept(result) }, temporary: false };
  } catch (error) {
    const failure = failureOf(error);
    if (error instanceof NotPerformed) return { end: { status: "failed", failure }, temporary: error.temporary };
    return { end: { status: "in-doubt", failure }, temporary: false };
  }
}

/** Why the tool is not even called. What it would throw itself could mean anything. */
function hindranceOf({ tool, arguments: args }: ExternalCall, { patience }: CallSurroundings): Failure | undefined {
  if (patience.aborted) return { code: "effect-not-begun", message: describeError(patience.reason) };
  const problem = tool.parameters.safeParse(args).error;
  return problem && { code: "tool-arguments", message: `Its arguments are wrong: ${z.prettifyError(problem)}` };
}

/**
 * Asks the tool what became of a call, at most three times where it does not know or cannot say: the other side
 * may still be at it, or restart.
 */
export async function askStatus(call: ExternalCall, surroundings: CallSurroundings): Promise<CallStatus> {
  for (let tries = 1; ; tries += 1) {
    const status = await askOnce(call, surroundings);
    if (status !== "unknown" || !(await pause(tries, surroundings))) return status;
  }
}

async function askOnce(call: ExternalCall, surroundings: CallSurroundings): Promise<CallStatus> {
  const { tool, arguments: args } = call;
  try {
    const status = await within(STATUS_TIMEOUT_MS, surroundings, async (signal) =>
      tool.status?.(args, contextOf(call, surroundings, signal)),
    );
    if (status === undefined || typeof status === "string") return status ?? "unknown";
    return { performed: kept(status.performed) };
  } catch {
    return "unknown";
  }
}

function contextOf(
  { idempotencyKey }: ExternalCall,
  { clock, live }: CallSurroundings,
  signal: AbortSignal,
): StatusContext {
  return { clock, live, idempotencyKey, signal };
}

/**
 * Does `work` with a signal of its own, which aborts after so many milliseconds; then it is let go of, heard or not.
 */
async function within<Value>(
  milliseconds: number,
  { clock, signal }: CallSurroundings,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  using scope = new CancelScope(signal);
  const seconds = milliseconds / 1000;
  const stop = clock.timer(milliseconds, () =>
    scope.cancel(new Cancelled("tool-timeout", `It had not come to an end after ${seconds} s and was cut off.`)),
  );
  try {
    scope.signal.throwIfAborted();
    return await abortable(work(scope.signal), scope.signal);
  } finally {
    stop();
  }
}

/** Spread would read what is not to be read, so the folder is defined on top. */
function withoutWorkspace(context: StatusContext): ToolContext {
  const get = () => {
    throw new M1Error("no-workspace", "An external call has no team's folder.", {
      hint: "Its arguments must say all that it does.",
    });
  };
  return Object.defineProperty(context, "workspace", { get }) as ToolContext;
}

/** It was done, so its result must be one that the log can keep, whatever the tool gave. */
function kept(result: unknown): ToolResult {
  const parsed = toolResultSchema.safeParse(result);
  return parsed.success ? parsed.data : { text: "It was done; what the tool gave back is no result.", facts: {} };
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof M1Error)) return { code: "tool-threw", message: describeError(error) };
  return { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
}
