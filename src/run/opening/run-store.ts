import type { Clock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import { MemoryLog } from "../../log/memory-log.ts";
import { lockRun } from "../../log/run-lock.ts";
import type { RunLog } from "../../log/run-log.ts";
import { SqliteLog } from "../../log/sqlite-log.ts";

/** Which run's log, and where its folder is. */
export interface RunPlace {
  readonly runId: string;
  readonly directory: string;
  readonly clock: Clock;
}

/** Where runs keep their logs. */
export interface RunStore {
  /** Whether a run's log is gone when its process is. */
  readonly volatile: boolean;
  /** Makes this process the one that works on the run. Throws `UsageError` (`run-busy`). Absent: nobody else can. */
  hold?(place: RunPlace): Disposable;
  /** Throws `log-exists`, `log-disk`. */
  create(place: RunPlace): RunLog;
  /** Throws as `SqliteLog.open` does. */
  open(place: RunPlace, access: "read" | "write"): RunLog;
}

/** SQLite in the run's folder. */
const diskStore: RunStore = {
  volatile: false,
  hold: ({ directory }) => lockRun(directory),
  create: (place) => SqliteLog.create(place),
  open: (place, access) => SqliteLog.open({ ...place, readOnly: access === "read" }),
};

/** Nothing is kept: for tests, simulations and throw-away runs. */
const memoryStore: RunStore = {
  volatile: true,
  create: (place) => new MemoryLog(place),
  open({ runId }) {
    throw new UsageError("run-unknown", `The run ${runId} was kept in memory only, and is gone.`);
  },
};

export function storeOf(option: "disk" | "memory" | RunStore = "disk"): RunStore {
  if (option === "disk") return diskStore;
  return option === "memory" ? memoryStore : option;
}
