import { realClock, type Clock } from "../base/clock.ts";
import { newRunId } from "../base/ids.ts";
import { freshSeed } from "../base/random.ts";
import { describeError, UsageError } from "../base/errors.ts";
import type { LiveEvent } from "../events/live.ts";
import type { EventOf, LoggedEvent, RacePolicy, Verdict } from "../events/run-event.ts";
import type { LanguageModel } from "../model/model.ts";
import type { RetryPolicy } from "../model/retry-policy.ts";
import type { ModelTimeouts } from "../model/stream-watch.ts";
import { firstAnswer } from "../race/policies.ts";
import type { Team } from "../team/team.ts";
import { dataDirectory, runDirectory } from "./directories.ts";
import { EventStream } from "./event-stream.ts";
import { prepareRace } from "./prepare-race.ts";
import type { RaceEngine } from "./race-engine.ts";

export interface RaceOptions {
  /** What is asked: in words, or with files by their paths. */
  readonly task: string | { readonly prompt: string; readonly files?: readonly string[] };
  /** The teams that race; `magenticOne({ … }).times(3)` makes three. Team i is called `team-i`. */
  readonly teams: readonly Team[];
  /** Default: `firstAnswer()`. */
  readonly policy?: RacePolicy;
  /** What all teams together may spend: US dollars, tokens. When it is spent the race ends. */
  readonly budget?: { readonly usd?: number; readonly tokens?: number };
  /** Milliseconds from the start after which the race ends. */
  readonly deadlineMs?: number;
  /** Repeats the teams' chance: their models' seeds. */
  readonly seed?: string;
  /** Aborting it cancels the race: the outcome is `cancelled`. */
  readonly signal?: AbortSignal;
  /** Where runs are kept; default `M1P_DATA_DIR`, else the system's place for a program's data. */
  readonly dataDir?: string;
  /** `memory` keeps nothing on disk but the workspaces, and those only while the race runs. */
  readonly store?: "disk" | "memory";
  /** Models of your own making, found by their `id`; other references are opened by their provider. */
  readonly models?: readonly LanguageModel[];
  /** How patient model calls are; what is not given has its default. */
  readonly modelCalls?: { readonly retry?: Partial<RetryPolicy>; readonly timeouts?: Partial<ModelTimeouts> };
  /** Packages that the teams' Python has beside numpy, pandas and scipy. */
  readonly pythonPackages?: readonly string[];
  /** Runs the teams' code on this machine WITHOUT a sandbox. */
  readonly unsafeHostExec?: boolean;
  /** Told what is never logged: text as it streams, retries that wait. */
  readonly onLive?: (event: LiveEvent) => void;
  readonly clock?: Clock;
  readonly environment?: NodeJS.ProcessEnv;
}

/** What a race came to, at `race-decided`. */
export interface RaceResult extends Verdict {
  readonly runId: string;
}

/** The last event of a run: the result again, and what it cost. */
export type Receipt = EventOf<"run-finished">;

export interface Race {
  /** UUIDv7. */
  readonly id: string;
  /** Where log, blobs and workspaces are. */
  readonly directory: string;
  /** Every event of the run from the first on, for one reader; ends with the run. */
  readonly events: AsyncIterable<LoggedEvent>;
  /**
   * The outcome, given at once when the race is decided, losers or not. Rejects with `UsageError`
   * when the race cannot begin (nothing is left behind then), `M1Error` when its log fails.
   */
  readonly result: Promise<RaceResult>;
  /** When all is quiet. Rejects as `result` does. */
  readonly receipt: Promise<Receipt>;
  /** Ends the race; the outcome is `cancelled` unless it was decided before. */
  cancel(reason?: string): void;
}

/** Races teams on a task. Nothing is begun before the options are found good. Source: arXiv 2507.08944. */
export function race(options: RaceOptions): Race {
  const clock = options.clock ?? realClock;
  const environment = options.environment ?? process.env;
  const id = newRunId(clock.now());
  const directory = runDirectory(options.dataDir ?? dataDirectory(environment), id);
  const stream = new EventStream();
  const resources = new AsyncDisposableStack();
  const cancelled = new AbortController();
  const started = begin({ ...options, clock, environment }, id, directory, stream, resources, cancelled.signal);
  const result = started.then(async (engine) => ({ ...(await engine.result), runId: id }));
  const receipt = closing(started, stream, resources);
  // Each is for who asks; a race whose result alone is awaited must not fail by its receipt.
  result.catch(() => {});
  receipt.catch(() => {});
  return { id, directory, events: stream, result, receipt, cancel: (reason) => cancelled.abort(reason) };
}

async function begin(
  options: RaceOptions & { readonly clock: Clock; readonly environment: NodeJS.ProcessEnv },
  runId: string,
  directory: string,
  stream: EventStream,
  resources: AsyncDisposableStack,
  cancelled: AbortSignal,
): Promise<RaceEngine> {
  if (options.teams.length === 0) throw new UsageError("no-teams", "A race needs at least one team.");
  const policy = options.policy ?? firstAnswer();
  const seed = options.seed ?? freshSeed();
  const engine = await prepareRace({ ...options, policy, seed, runId, directory, resources, stream });
  await engine.start();
  for (const signal of [cancelled, options.signal]) {
    if (signal) onAbort(signal, resources, () => engine.cancel(cancelReason(signal)));
  }
  return engine;
}

/** Follows the run to its end, then closes what it used; the events end when all is closed. */
async function closing(
  started: Promise<RaceEngine>,
  stream: EventStream,
  resources: AsyncDisposableStack,
): Promise<Receipt> {
  let failure: unknown;
  try {
    const engine = await started;
    return await engine.finished;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await resources.disposeAsync();
    stream.end(failure);
  }
}

function onAbort(signal: AbortSignal, resources: AsyncDisposableStack, act: () => void): void {
  if (signal.aborted) return act();
  signal.addEventListener("abort", act, { once: true });
  resources.defer(() => signal.removeEventListener("abort", act));
}

function cancelReason(signal: AbortSignal): string {
  const { reason } = signal;
  if (typeof reason === "string") return reason;
  return reason instanceof DOMException ? "it was cancelled" : describeError(reason);
}
