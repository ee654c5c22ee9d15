import { readdirSync, statSync } from "node:fs";
import { blobsDirectory, runDirectory, runsDirectory } from "../base/directories.ts";
import { describeError } from "../base/errors.ts";
import type { Outcome } from "../events/run-event.ts";
import { Upcaster } from "../events/upcast/upcaster.ts";
import { diskError, isMissingFile } from "./disk-error.ts";
import { decodeEvent } from "./event-codec.ts";
import { FileBlobStore } from "./file-blob-store.ts";
import { logPath, openLogFile } from "./sqlite-file.ts";
import { SqliteStore } from "./sqlite-store.ts";

/** What a list of runs shows of one. */
export interface RunSummary {
  readonly runId: string;
  /** Milliseconds since the epoch; where there is no first event, when the log's file was last changed. */
  readonly startedAt: number;
  /** What was asked; empty where there is no first event. */
  readonly prompt: string;
  /** How the run ended. An `unfinished` one still runs, or was killed; why one is `unreadable` is its `problem`. */
  readonly outcome: Outcome | "unfinished" | "unreadable";
  /** Why the log cannot be read, in a sentence. */
  readonly problem?: string;
}

/** The runs of a data directory, newest first. Of each log only its ends are read. Throws `log-disk`. */
export function listRuns(dataDirectory: string): RunSummary[] {
  return namesIn(runsDirectory(dataDirectory))
    .flatMap((runId) => summarize(runDirectory(dataDirectory, runId), runId) ?? [])
    .sort((one, other) => other.startedAt - one.startedAt || other.runId.localeCompare(one.runId));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissingFile(error)) return [];
    throw diskError("The runs cannot be listed", error);
  }
}

/** Undefined for a folder without a log. */
function summarize(directory: string, runId: string): RunSummary | undefined {
  const nothing = { runId, startedAt: 0, prompt: "" };
  try {
    const file = statSync(logPath(directory), { throwIfNoEntry: false });
    if (!file) return undefined;
    nothing.startedAt = file.mtimeMs;
    const database = openLogFile(directory, runId, true);
    const blobs = new FileBlobStore(blobsDirectory(directory));
    using store = new SqliteStore({ database, blobs, runId, readOnly: true });
    return { ...nothing, outcome: "unfinished", ...readEnds(store, runId) };
  } catch (error) {
    return { ...nothing, outcome: "unreadable", problem: describeError(error) };
  }
}

function readEnds(store: SqliteStore, runId: string): Partial<RunSummary> {
  const [first] = store.page(1, 1);
  const [last] = store.page(store.head().seq, 1);
  if (!first || !last) return {};
  const what = `The log of run ${runId}`;
  const beginning = decodeEvent(first.body, store, new Upcaster(what));
  const end = decodeEvent(last.body, store, new Upcaster(what, store.version()));
  return {
    startedAt: first.time,
    ...(beginning.type === "run-started" ? { prompt: beginning.task.prompt } : {}),
    ...(end.type === "run-finished" ? { outcome: end.outcome } : {}),
  };
}
