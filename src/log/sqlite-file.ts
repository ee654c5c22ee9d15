import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { M1Error, UsageError } from "../base/errors.ts";
import { FORMAT_VERSION } from "../events/run-event.ts";
import { newerEvents } from "../events/upcast/upcaster.ts";
import { diskError } from "./disk-error.ts";
import { sqliteError } from "./sqlite-error.ts";

/** Marks an SQLite file as a run log of ours ("m1pl"). */
const APPLICATION_ID = 0x6d31706c;
/** While opening, and for readers: how long SQLite itself may wait for another process. */
const OPEN_TIMEOUT_MS = 5000;

/** Every commit is one write and one fsync, and readers never wait. */
const WRITE_AHEAD = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";

const LAYOUT = `
  CREATE TABLE log (run_id TEXT NOT NULL) STRICT;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    scope TEXT NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL
  ) STRICT;
  CREATE TABLE texts (hash BLOB NOT NULL UNIQUE, content TEXT NOT NULL) STRICT;
  CREATE TABLE tokens (scope TEXT PRIMARY KEY, token INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

const DAMAGED_HINT = "Restore the run's folder from a copy, or remove it.";

/** The file of a run's log in the run's own directory. */
export function logPath(directory: string): string {
  return join(directory, "log.db");
}

/**
 * Makes the log file of a new run, with its directories, readable by their owner only and durable.
 * Throws `log-exists`, `log-disk`.
 */
export function createLogFile(directory: string, runId: string): DatabaseSync {
  const path = logPath(directory);
  try {
    const firstMade = mkdirSync(directory, { recursive: true, mode: 0o700 });
    // SQLite gives its side files the mode of this one.
    closeSync(openSync(path, "wx", 0o600));
    return withDatabase(path, false, (database) => {
      database.exec(WRITE_AHEAD);
      database.exec(
        `BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}; ${LAYOUT}`,
      );
      database.prepare("INSERT INTO log (run_id) VALUES (?)").run(runId);
      database.exec("COMMIT");
      syncDirectories(directory, firstMade);
    });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw new M1Error("log-exists", `Run ${runId} has a log already: ${path}.`, { hint: "Open it instead." });
    throw error instanceof M1Error ? error : diskError(`The log of run ${runId} cannot be made`, error);
  }
}

/**
 * Opens the log file of a run. Throws `run-unknown` where there is none, `log-newer` for one that a
 * newer version wrote, `log-foreign` for a file that is no log of this run, `log-damaged`, `log-disk`.
 */
export function openLogFile(directory: string, runId: string, readOnly: boolean): DatabaseSync {
  const path = logPath(directory);
  if (!existsSync(path))
    throw new UsageError("run-unknown", `There is no log of run ${runId}: ${path} is missing.`, {
      hint: "`m1p runs` lists the runs of the data directory.",
    });
  try {
    return withDatabase(path, readOnly, (database) => {
      checkVersion(database, path);
      checkRun(database, path, runId);
      if (!readOnly) database.exec(WRITE_AHEAD);
    });
  } catch (error) {
    throw sqliteError(error, `The log ${path} cannot be opened`);
  }
}

function withDatabase(path: string, readOnly: boolean, prepare: (database: DatabaseSync) => void): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly, timeout: OPEN_TIMEOUT_MS });
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * The file says the newest version that its events are in, so that an older m1-parallel refuses it before
 * it looks at any. New tables would come with a new version, too.
 */
function checkVersion(database: DatabaseSync, path: string): void {
  const version = pragma(database, "user_version");
  const ours = pragma(database, "application_id") === APPLICATION_ID && version > 0;
  if (ours && version > FORMAT_VERSION) throw newerEvents(path, version);
  if (ours) return;
  const hint = "A run that was killed while it was being made leaves such a file; it can be removed.";
  throw new M1Error("log-foreign", `${path} is not a run log of m1-parallel.`, { hint });
}

function checkRun(database: DatabaseSync, path: string, runId: string): void {
  const owner = database.prepare("SELECT run_id FROM log").get()?.["run_id"];
  if (owner === runId) return;
  throw new M1Error("log-foreign", `${path} is the log of run ${String(owner)}, not of ${runId}.`, {
    hint: DAMAGED_HINT,
  });
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** Makes the names of a directory durable, and of those above it up to the parent of the first one made. */
function syncDirectories(directory: string, firstMade: string | undefined): void {
  const last = firstMade === undefined ? directory : dirname(firstMade);
  for (let current = directory; ; current = dirname(current)) {
    const descriptor = openSync(current, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (current === last || current === dirname(current)) return;
  }
}
