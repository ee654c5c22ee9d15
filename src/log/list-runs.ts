import { readdirSync, statSync } from "node:fs";
import { blobsDirectory, runDirectory, runsDirectory } from "../base/directories.ts";
import { describeError, M1Error } from "../base/errors.ts";
import type { EventOf, Outcome, RunEvent } from "../events/run-event.ts";
import { Upcaster } from "../events/upcast/upcaster.ts";
import { emptyHead, linkProblem, type StoredEvent } from "./chain.ts";
import { diskError, isMissingFile } from "./disk-error.ts";
import { decodeEvent } from "./event-codec.ts";
import { TextReader } from "./text-reader.ts";
import { EventVersions } from "./event-versions.ts";
import { FileBlobStore } from "./file-blob-store.ts";
import type { LogHead } from "./run-log.ts";
import { isRunLocked } from "./run-lock.ts";
import { logPath, openLogFile, UNBEGUN } from "./sqlite-file.ts";
import { SqliteStore } from "./sqlite-store.ts";

/** What a list of runs shows of one. */
export interface RunSummary {
  readonly runId: string;
  /** Milliseconds since the epoch; where there is no first event, when the log's file was last changed. */
  readonly startedAt: number;
  /** The same of the newest event. */
  readonly changedAt: number;
  /** What was asked; empty where there is no first event. */
  readonly prompt: string;
  /**
   * How the run ended, or why it has not: it waits for a person's decision (`waiting`, also where only
   * external calls of an ended one do), a process works on it (`running`), its process is gone
   * (`interrupted`). Why one is `unreadable` is its `problem`.
   */
  readonly outcome: Outcome | "running" | "waiting" | "interrupted" | "unreadable";
  /** At its end not all of its external calls were done; whether they are now is in what follows the end. */
  readonly pending?: true;
  /** Nothing is in its log: it is being made, or its process was killed while it made it, and nothing was done. */
  readonly unbegun?: true;
  /** Why the log cannot be read, in a sentence. */
  readonly problem?: string;
}

/**
 * What may follow the event that says where a run stands: effects, decisions about them, a process that sees to them.
 */
const FOLLOWING: ReadonlySet<RunEvent["type"]> = new Set([
  "effect-started",
  "effect-finished",
  "question-asked",
  "question-answered",
  "run-resumed",
]);

/** Part of the JSON of every question and of every answer to one. */
const QUESTION = '"question-';
const PAGE = 256;

/**
 * The runs of a data directory, newest first; with `newest`, at most so many of the newest. Of each log only its ends
 * are read. Throws `log-disk`.
 */
export function listRuns(dataDirectory: string, newest = Number.POSITIVE_INFINITY): RunSummary[] {
  return runIds(dataDirectory)
    .reverse()
    .slice(0, newest)
    .flatMap((runId) => summarizeRun(dataDirectory, runId) ?? [])
    .sort((one, other) => other.startedAt - one.startedAt || other.runId.localeCompare(one.runId));
}

/** Whether there is a run's log in this folder, were it one that was never begun. */
export function hasLog(directory: string): boolean {
  return statSync(logPath(directory), { throwIfNoEntry: false }) !== undefined;
}

/** Whether there is something in it: a process that is killed while it makes the log leaves an empty file. */
export function hasBegunLog(directory: string): boolean {
  return (statSync(logPath(directory), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** The names of the folders that runs are in, in the order of their making. Throws `log-disk`. */
export function runIds(dataDirectory: string): string[] {
  try {
    // What is being removed has a name that begins with a dot.
    const names = readdirSync(runsDirectory(dataDirectory)).filter((name) => !name.startsWith("."));
    return names.sort();
  } catch (error) {
    if (isMissingFile(error)) return [];
    throw diskError("The runs cannot be listed", error);
  }
}

/** One run of a data directory; undefined for a folder without a log. */
export function summarizeRun(dataDirectory: string, runId: string): RunSummary | undefined {
  const directory = runDirectory(dataDirectory, runId);
  const nothing = { runId, startedAt: 0, changedAt: 0, prompt: "" };
  try {
    const file = statSync(logPath(directory), { throwIfNoEntry: false });
    if (!file) return undefined;
    nothing.startedAt = nothing.changedAt = file.mtimeMs;
    if (file.size === 0) return { ...nothing, ...unbegun(directory) };
    const database = openLogFile(directory, runId, true);
    const blobs = new FileBlobStore(blobsDirectory(directory));
    using store = new SqliteStore({ database, blobs, runId, readOnly: true });
    // Before the log: a run that ends meanwhile is then listed with its end.
    const locked = isRunLocked(directory);
    const outcome = locked ? "running" : "interrupted";
    return { ...nothing, outcome, ...readBeginning(store, runId), ...readEnd(store, runId) };
  } catch (error) {
    // Somebody removed it meanwhile.
    if (!statSync(directory, { throwIfNoEntry: false })) return undefined;
    return { ...nothing, outcome: "unreadable", problem: describeError(error) };
  }
}

function unbegun(directory: string): Pick<RunSummary, "outcome" | "problem" | "unbegun"> {
  if (isRunLocked(directory)) return { outcome: "running", unbegun: true };
  return { outcome: "unreadable", unbegun: true, problem: UNBEGUN };
}

function readBeginning(store: SqliteStore, runId: string): Partial<RunSummary> {
  const [first] = store.page(1, 1);
  if (!first) return {};
  assertFits(emptyHead(runId), first);
  const event = decodeEvent(first.body, new TextReader(store), new Upcaster(`The log of run ${runId}`));
  return { startedAt: first.time, ...(event.type === "run-started" ? { prompt: event.task.prompt } : {}) };
}

/** When something last happened, and how the run ended, or that it waits, where that is its last word. */
function readEnd(store: SqliteStore, runId: string): Partial<RunSummary> {
  const versions = new EventVersions(store);
  const newest = store.head().seq;
  let found: Partial<RunSummary> = {};
  for (let seq = newest; seq > 0; seq -= 1) {
    const stored = storedEvent(store, runId, seq);
    if (!stored) break;
    if (seq === newest) found = { changedAt: stored.time };
    const event = decodeEvent(
      stored.body,
      new TextReader(store),
      new Upcaster(`The log of run ${runId}`, versions.before(seq)),
    );
    if (event.type === "run-waiting" || event.type === "run-finished") return { ...found, ...standing(event, store) };
    if (!FOLLOWING.has(event.type)) break;
  }
  return found;
}

/** An event that fits the one before it. */
function storedEvent(store: SqliteStore, runId: string, seq: number): StoredEvent | undefined {
  const [before] = seq === 1 ? [emptyHead(runId)] : store.page(seq - 1, 1);
  const [stored] = store.page(seq, 1);
  if (before && stored) assertFits(before, stored);
  return stored;
}

function assertFits(before: LogHead, event: StoredEvent): void {
  const problem = linkProblem(before, event);
  if (problem) throw new M1Error("log-damaged", `The log is damaged: ${problem}.`);
}

function standing(event: EventOf<"run-waiting" | "run-finished">, store: SqliteStore): Partial<RunSummary> {
  if (event.type === "run-waiting") return hasOpenQuestion(store) ? { outcome: "waiting" } : {};
  if (event.effects !== "pending") return { outcome: event.outcome };
  return { outcome: hasOpenQuestion(store) ? "waiting" : event.outcome, pending: true };
}

/** Whether a person was asked something that nobody has answered. Reads the whole log: few runs ever wait. */
function hasOpenQuestion(store: SqliteStore): boolean {
  const open = new Set<unknown>();
  for (let from = 1; ;) {
    const page = store.page(from, PAGE);
    for (const { body, seq } of page) {
      from = seq + 1;
      if (!body.includes(QUESTION)) continue;
      const { type, question } = JSON.parse(body) as { readonly type?: unknown; readonly question?: unknown };
      if (type === "question-asked") open.add(question);
      if (type === "question-answered") open.delete(question);
    }
    if (page.length < PAGE) return open.size > 0;
  }
}
