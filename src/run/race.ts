import { describeError, toError } from "../base/errors.ts";
import type { EventOf, LoggedEvent, Verdict } from "../events/run-event.ts";
import { isZod, type AnswerSchema } from "../answers/answer-kind.ts";
import { prepareRace } from "./opening/prepare-race.ts";
import type { RaceEngine } from "./engine/race-engine.ts";
import type { RaceOptions } from "./race-options.ts";
import { RunWaiting } from "./engine/run-waiting.ts";
import { planRace, type RunSite } from "./opening/race-plan.ts";

/** What a race came to, at `race-decided`. */
export interface RaceResult<Value = unknown> extends Omit<Verdict, "value"> {
  readonly runId: string;
  /**
   * The answer as the task's form has it: a number, a list, a value of the schema, a path. Undefined for a text, and
   * without an answer.
   */
  readonly value: Value | undefined;
}

/** The last event of a run: the result again, and what it cost. */
export type Receipt = EventOf<"run-finished">;

/** A race under way: its events as they come, its result, its end. */
export interface Race<Value = unknown> {
  /** UUIDv7. */
  readonly id: string;
  /** Where log, blobs and workspaces are. */
  readonly directory: string;
  /** Every event of the run from the first on, for one reader; ends with the run. */
  readonly events: AsyncIterable<LoggedEvent>;
  /**
   * The outcome, given at once when the race is decided, losers or not. Rejects with `UsageError`
   * when the race cannot begin (nothing is left behind then), `RunWaiting` when no team can go on without a
   * person's decision, `M1Error` when its log fails.
   */
  readonly result: Promise<RaceResult<Value>>;
  /** When all is quiet. Rejects as `result` does. */
  readonly receipt: Promise<Receipt>;
  /** Ends the race; the outcome is `cancelled` unless it was decided before. */
  cancel(reason?: string): void;
}

/**
 * Races teams on a task. Nothing is begun before the options are found good. With a zod schema, the result's `value`
 * has its type: `race({ …, schema: z.object({ … }) })`. Source: arXiv 2507.08944.
 */
export function race<Value = unknown>(options: RaceOptions<Value>): Race<Value> {
  const plan = planRace(options);
  const prepare = async () => {
    const engine = await prepareRace(plan);
    return { engine, begin: () => engine.start() };
  };
  return raceOf(plan, prepare, (value) => valueIn(value, options.schema));
}

/** What goes in by a zod schema comes out as it transforms it. */
async function valueIn<Value>(value: unknown, schema: AnswerSchema<Value> | undefined): Promise<Value> {
  return isZod(schema) ? await schema.parseAsync(value) : (value as Value);
}

/** An engine that is ready, and what sets it going. */
export interface PreparedRace {
  readonly engine: RaceEngine;
  begin(): Promise<void>;
}

/** A race in the hands of whoever started or resumed it. */
export function raceOf<Value = unknown>(
  site: RunSite,
  prepare: () => Promise<PreparedRace>,
  typed: (value: unknown) => Promise<Value> = (value) => Promise.resolve(value as Value),
): Race<Value> {
  const { runId: id, directory, stream, signal } = site;
  const cancelled = new AbortController();
  const started = begin(site, prepare, [cancelled.signal, ...(signal ? [signal] : [])]);
  const result = started.then(async (engine) => {
    const verdict = await engine.result;
    return { ...verdict, runId: id, value: verdict.value === undefined ? undefined : await typed(verdict.value) };
  });
  const receipt = closing(started, site);
  // Each is for who asks; a race whose result alone is awaited must not fail by its receipt.
  result.catch(() => {});
  receipt.catch(() => {});
  return { id, directory, events: stream, result, receipt, cancel: (reason) => cancelled.abort(reason) };
}

async function begin(
  site: RunSite,
  prepare: () => Promise<PreparedRace>,
  signals: readonly AbortSignal[],
): Promise<RaceEngine> {
  const prepared = await prepare();
  await prepared.begin();
  const { engine } = prepared;
  for (const signal of signals) onAbort(signal, site.resources, () => engine.cancel(cancelReason(signal)));
  return engine;
}

/** Follows the run to its end, then closes what it used; the events end when all is closed. */
async function closing(started: Promise<RaceEngine>, { stream, resources }: RunSite): Promise<Receipt> {
  let failure: Error | undefined;
  try {
    const engine = await started;
    return await engine.finished;
  } catch (error) {
    // A run that waits for a person has said so in its last event.
    if (!(error instanceof RunWaiting)) failure = toError(error);
    throw error;
  } finally {
    try {
      await resources.disposeAsync();
    } finally {
      stream.end(failure);
    }
  }
}

function onAbort(signal: AbortSignal, resources: AsyncDisposableStack, act: () => void): void {
  if (signal.aborted) return act();
  signal.addEventListener("abort", act, { once: true });
  resources.defer(() => signal.removeEventListener("abort", act));
}

function cancelReason(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  if (typeof reason === "string" && reason.trim() !== "") return reason;
  return reason instanceof Error && !(reason instanceof DOMException) ? describeError(reason) : "it was cancelled";
}
