import { realClock, type Clock } from "../../base/clock.ts";
import { dataDirectory, runDirectory } from "../../base/directories.ts";
import { UsageError } from "../../base/errors.ts";
import { listRuns, summarizeRun, type RunSummary } from "../../log/list-runs.ts";
import { findRun } from "./find-run.ts";
import { reasonToKeep } from "./removable-run.ts";
import { removeRemains, removeRun } from "./remove-run.ts";
import { SharedSizes, sizeOfRun, type RunSize } from "./run-size.ts";

/** Which runs are removed. */
export interface RemoveRunsOptions {
  /** Runs by their ids, the beginnings of these, or `last`; or else one of the next two, or both. */
  readonly runs?: readonly string[];
  /** Removes ended runs in which nothing has happened for so long, in milliseconds. */
  readonly olderThanMs?: number;
  /** Removes the ended runs in which nothing has happened for longest until the rest takes at most so many bytes. */
  readonly keepBytes?: number;
  /** Also runs that wait for a person, were interrupted or cannot be read; never one that is being worked on. */
  readonly force?: boolean;
  /** Only tells what would be removed. */
  readonly dryRun?: boolean;
  /** Where runs are kept; default as for `race`. */
  readonly dataDir?: string;
  readonly clock?: Clock;
  readonly environment?: NodeJS.ProcessEnv;
}

/** A run that was removed, or would be. */
export interface RemovedRun extends RunSummary {
  /** What its folder took; where a fork has some of its files as well, less is freed. */
  readonly bytes: number;
}

/** A run that `olderThanMs` or `keepBytes` meant and that stayed. */
export interface KeptRun extends RunSummary {
  /** In words that follow its id. */
  readonly reason: string;
}

/** What became of the runs that were meant. */
export interface RemovedRuns {
  /** In the order of their removal. */
  readonly removed: readonly RemovedRun[];
  readonly kept: readonly KeptRun[];
  /** What all other runs take; undefined where nobody had to measure it. */
  readonly restBytes: number | undefined;
}

/**
 * Removes runs, each at once for whoever looks. What named runs speak against is found before any is
 * removed. Throws `UsageError` (`run-unknown`, `run-busy`, `run-not-ended`, `nothing-to-remove`), `log-disk`.
 */
export async function removeRuns(options: RemoveRunsOptions): Promise<RemovedRuns> {
  const { runs = [], olderThanMs, keepBytes, environment = process.env } = options;
  const asked = olderThanMs !== undefined || keepBytes !== undefined;
  if (runs.length > 0 === asked)
    throw new UsageError("nothing-to-remove", "It must be said which runs are to be removed, in one way.", {
      hint: "Name them, or say --older-than 30d, --keep 20G, or both of these.",
    });
  const removal = new Removal(options, options.dataDir ?? dataDirectory(environment), options.clock ?? realClock);
  if (!options.dryRun) await removal.clear();
  return asked ? await removal.ofOld() : await removal.ofNamed(runs);
}

/** Owns: what was removed and what was kept so far. */
class Removal {
  readonly #options: RemoveRunsOptions;
  readonly #dataDir: string;
  readonly #clock: Clock;
  readonly #removed: RemovedRun[] = [];
  readonly #kept: KeptRun[] = [];

  constructor(options: RemoveRunsOptions, dataDir: string, clock: Clock) {
    this.#options = options;
    this.#dataDir = dataDir;
    this.#clock = clock;
  }

  clear(): Promise<void> {
    return removeRemains(this.#dataDir, this.#clock);
  }

  async ofNamed(names: readonly string[]): Promise<RemovedRuns> {
    const ids = new Set(names.map((name) => findRun(this.#dataDir, name)));
    const runs = [...ids].flatMap((id) => summarizeRun(this.#dataDir, id) ?? []);
    for (const run of runs) this.#assertRemovable(run);
    for (const run of runs) {
      const reason = await this.#remove(run, await sizeOfRun(this.#directory(run)));
      if (reason !== undefined) throw notRemoved(run, reason);
    }
    return this.#report(undefined);
  }

  async ofOld(): Promise<RemovedRuns> {
    const { olderThanMs, keepBytes } = this.#options;
    const oldestFirst = listRuns(this.#dataDir).sort((one, other) => one.changedAt - other.changedAt);
    const sizes = new Map<RunSummary, RunSize>();
    const rest = new SharedSizes();
    // All are measured only where it matters what they take together.
    if (keepBytes !== undefined) for (const run of oldestFirst) rest.add(await this.#measure(run, sizes));
    const latest = this.#clock.now() - (olderThanMs ?? Number.POSITIVE_INFINITY);
    for (const run of oldestFirst) {
      const tooMuch = keepBytes !== undefined && rest.bytes > keepBytes;
      if (!tooMuch && !(run.changedAt < latest)) continue;
      const size = await this.#measure(run, sizes);
      const reason = this.#objection(run) ?? (await this.#tryToRemove(run, size));
      if (reason !== undefined) this.#kept.push({ ...run, reason });
      else if (keepBytes !== undefined) rest.remove(size);
    }
    return this.#report(keepBytes === undefined ? undefined : rest.bytes);
  }

  async #measure(run: RunSummary, sizes: Map<RunSummary, RunSize>): Promise<RunSize> {
    const size = sizes.get(run) ?? (await sizeOfRun(this.#directory(run)));
    sizes.set(run, size);
    return size;
  }

  #assertRemovable(run: RunSummary): void {
    const reason = this.#objection(run);
    if (reason !== undefined) throw notRemoved(run, reason);
  }

  #objection(run: RunSummary): string | undefined {
    const isForced = this.#options.force === true && run.outcome !== "running";
    return isForced ? undefined : reasonToKeep(this.#dataDir, run, this.#clock);
  }

  /** Among many runs, one that somebody has begun to work on is kept. */
  async #tryToRemove(run: RunSummary, size: RunSize): Promise<string | undefined> {
    try {
      return await this.#remove(run, size);
    } catch (error) {
      if (error instanceof UsageError && error.code === "run-busy") return "is being worked on";
      throw error;
    }
  }

  async #remove(run: RunSummary, { bytes }: RunSize): Promise<string | undefined> {
    if (!this.#options.dryRun) {
      const reason = await removeRun(this.#dataDir, run.runId, this.#clock, (now) => this.#objection(now));
      if (reason !== undefined) return reason;
    }
    this.#removed.push({ ...run, bytes });
    return undefined;
  }

  #directory({ runId }: RunSummary): string {
    return runDirectory(this.#dataDir, runId);
  }

  #report(restBytes: number | undefined): RemovedRuns {
    return { removed: this.#removed, kept: this.#kept, restBytes };
  }
}

function notRemoved({ runId, outcome }: RunSummary, reason: string): UsageError {
  const isRunning = outcome === "running";
  return new UsageError(isRunning ? "run-busy" : "run-not-ended", `Run ${runId} ${reason}.`, {
    hint: isRunning ? "End it first, or let it go on." : "--force removes it all the same.",
  });
}
