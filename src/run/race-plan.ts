import { realClock, type Clock } from "../base/clock.ts";
import { dataDirectory, runDirectory } from "../base/directories.ts";
import { newRunId } from "../base/ids.ts";
import { freshSeed } from "../base/random.ts";
import type { RacePolicy } from "../events/run-event.ts";
import { SqliteLog } from "../log/sqlite-log.ts";
import { firstAnswer } from "../race/policies.ts";
import { EventStream } from "./event-stream.ts";
import type { RaceOptions } from "./race-options.ts";

/** A race whose options are complete, with its id and its place. */
export interface RacePlan extends RaceOptions {
  readonly clock: Clock;
  readonly environment: NodeJS.ProcessEnv;
  readonly policy: RacePolicy;
  readonly seed: string;
  readonly runId: string;
  readonly directory: string;
  /** Closed when the run has ended. */
  readonly resources: AsyncDisposableStack;
  /** Where the run's events go for its reader. */
  readonly stream: EventStream;
}

/** Fills in what the options leave open. Opens nothing. */
export function planRace(options: RaceOptions): RacePlan {
  const clock = options.clock ?? realClock;
  const environment = options.environment ?? process.env;
  const runId = newRunId(clock.now());
  const directory = runDirectory(options.dataDir ?? dataDirectory(environment), runId);
  return {
    ...options,
    clock,
    environment,
    policy: options.policy ?? firstAnswer(),
    seed: options.seed ?? freshSeed(),
    runId,
    directory,
    resources: new AsyncDisposableStack(),
    stream: new EventStream(() => SqliteLog.open({ directory, runId, clock, readOnly: true })),
  };
}
