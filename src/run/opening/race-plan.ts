import { realClock } from "../../base/clock.ts";
import { dataDirectory, runDirectory } from "../../base/directories.ts";
import { newRunId } from "../../base/ids.ts";
import { freshSeed } from "../../base/random.ts";
import type { RacePolicy } from "../../events/run-event.ts";
import type { RunLog } from "../../log/run-log.ts";
import { all, firstAnswer } from "../../race/policies.ts";
import { EventStream } from "../engine/event-stream.ts";
import type { RaceOptions, RunOptions } from "../race-options.ts";
import { storeOf, type RunPlace, type RunStore } from "./run-store.ts";

/** Where and by what means a process works on a run. */
export interface RunSite extends Omit<RunOptions, "store" | "clock">, RunPlace {
  readonly environment: NodeJS.ProcessEnv;
  readonly store: RunStore;
  /** Closed when the run has ended. */
  readonly resources: AsyncDisposableStack;
  /** Where the run's events go for its reader. */
  readonly stream: EventStream;
}

/** A race whose options are complete, with its id and its place. */
export interface RacePlan extends Omit<RaceOptions, keyof RunOptions>, RunSite {
  readonly policy: RacePolicy;
  readonly seed: string;
}

/** The data directory that the options mean. */
export function dataDirOf({ dataDir, environment = process.env }: RunOptions): string {
  return dataDir ?? dataDirectory(environment);
}

/** Fills in what the options leave open, for a run of this id. Opens nothing. */
export function siteOf(options: RunOptions, runId: string): RunSite {
  const clock = options.clock ?? realClock;
  const directory = runDirectory(dataDirOf(options), runId);
  const store = storeOf(options.store);
  return {
    ...options,
    clock,
    environment: options.environment ?? process.env,
    runId,
    directory,
    store,
    resources: new AsyncDisposableStack(),
    stream: new EventStream(() => store.open({ runId, directory, clock }, "read")),
  };
}

/** Fills in what the options leave open, for a new run. Opens nothing. */
export function planRace(options: RaceOptions): RacePlan {
  const runId = newRunId((options.clock ?? realClock).now());
  return {
    ...options,
    ...siteOf(options, runId),
    policy: options.policy ?? (options.aggregate && options.aggregate.kind !== "first" ? all() : firstAnswer()),
    seed: options.seed ?? freshSeed(),
  };
}

/** Makes this process the one that works on the run, until its end. Throws `UsageError` (`run-busy`). */
export function holdRun({ store, resources, ...place }: RunSite): void {
  const lock = store.hold?.(place);
  if (lock) resources.use(lock);
}

/** Gives the run's log to the run's reader, and closes it at the end. */
export function followLog({ store, resources, stream }: RunSite, log: RunLog): RunLog {
  // A log in memory stays readable for whoever holds the run; it holds nothing that needs closing.
  if (!store.volatile) resources.defer(() => log.close());
  stream.follow(log);
  return log;
}
