import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { M1Error } from "../base/errors.ts";
import { FORMAT_VERSION } from "../events/run-event.ts";
import { newerEvents } from "../events/upcast/upcaster.ts";
import { emptyHead, linkProblem, type StoredEvent } from "./chain.ts";
import { diskError, isFileError } from "./disk-error.ts";
import { makeDurableDirectory, syncNames } from "./durable-directory.ts";
import { assertAccess } from "./log-access.ts";
import { isUnwritable, readingError } from "./sqlite-error.ts";

/** Marks an SQLite file as a run log of ours ("m1pl"). */
const APPLICATION_ID = 0x6d31706c;
/** While opening, and for readers: how long SQLite itself may wait for another process. */
const OPEN_TIMEOUT_MS = 5000;

/** Every commit is one write and one fsync, and readers never wait. */
const WRITE_AHEAD = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
/** A log may come from anywhere: nothing in its schema is run, and damage is looked for early. */
const WARY = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON";

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

/** Of a run with an empty log. */
export const UNBEGUN = "The run was killed while its log was being made: nothing of it was done.";

const DAMAGED_HINT = "Restore the run's folder from a copy, or remove it.";

/** The file of a run's log in the run's own directory. */
export function logPath(directory: string): string {
  return join(directory, "log.db");
}

/**
 * Makes the log file of a new run, with its directories, readable by their owner only and durable: the
 * file alone is a whole log without events. Throws `log-exists`, `log-disk`; then there is no file.
 */
export function createLogFile(directory: string, runId: string): DatabaseSync {
  const path = logPath(directory);
  makeDurableDirectory(directory);
  makeEmptyFile(path, runId);
  try {
    return withDatabase(path, false, (database) => {
      // A process killed before the commit leaves what is no log; there is nothing yet to roll back to.
      database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL");
      database.exec(`BEGIN EXCLUSIVE; PRAGMA application_id = ${APPLICATION_ID}; ${LAYOUT}`);
      database.prepare("INSERT INTO log (run_id) VALUES (?)").run(runId);
      database.exec(`PRAGMA user_version = ${FORMAT_VERSION}; COMMIT`);
      database.exec(WRITE_AHEAD);
      // Makes the side files: a disk without room for them refuses now, not amid the run.
      database.prepare("SELECT count(*) FROM events").get();
      syncNames(directory);
    });
  } catch (error) {
    for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
    throw readingError(error, `The log of run ${runId} cannot be made`);
  }
}

function makeEmptyFile(path: string, runId: string): void {
  try {
    // SQLite gives its side files the mode of this one.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (isFileError(error, "EEXIST"))
      throw new M1Error("log-exists", `Run ${runId} has a log already: ${path}.`, { hint: "Open it instead." });
    throw diskError(`The log of run ${runId} cannot be made`, error);
  }
}

/**
 * Opens the log file of a run. Throws `run-unknown` where there is none, `log-newer` for one that a
 * newer version wrote, `log-foreign` for a file that is no log of this run, `log-forbidden` where it is not
 * ours to read (or, unless `readOnly`, to write), `log-damaged`, `log-disk`.
 */
export function openLogFile(directory: string, runId: string, readOnly: boolean): DatabaseSync {
  const path = logPath(directory);
  assertAccess(path, runId, readOnly);
  const prepare = (database: DatabaseSync) => {
    checkVersion(database, path);
    checkRun(database, path, runId);
    if (!readOnly) database.exec(WRITE_AHEAD);
  };
  try {
    return withDatabase(path, readOnly, prepare);
  } catch (error) {
    if (readOnly && isUnwritable(error)) return openCopy(path, prepare);
    throw readingError(error, `The log ${path} cannot be opened`);
  }
}

/**
 * Opens for reading what is in the file proper of a log whose write-ahead file does not fit it (they were
 * copied at different moments, say); undefined where that is damaged, too, or there is no such file.
 */
export function openWithoutWriteAhead(directory: string, runId: string): DatabaseSync | undefined {
  const path = logPath(directory);
  if (!existsSync(`${path}-wal`)) return undefined;
  try {
    return openCopy(path, (database) => checkRun(database, path, runId), false);
  } catch {
    return undefined;
  }
}

function withDatabase(path: string, readOnly: boolean, prepare: (database: DatabaseSync) => void): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly, timeout: OPEN_TIMEOUT_MS });
  try {
    database.exec(WARY);
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
  const isEmpty = statSync(path, { throwIfNoEntry: false })?.size === 0;
  if (isEmpty) throw new M1Error("log-foreign", UNBEGUN, { hint: "m1p runs rm removes what is left of it." });
  const hint = "A file of something else has been put in its place: restore the run's folder from a copy.";
  throw new M1Error("log-foreign", `${path} is not a run log of m1-parallel.`, { hint });
}

/** The chain of a run's events hangs on its id, which proves more than a row that says so. */
function checkRun(database: DatabaseSync, path: string, runId: string): void {
  const sql = "SELECT seq, time, scope, body, lower(hex(hash)) AS hash FROM events WHERE seq = 1";
  const first = database.prepare(sql).get() as StoredEvent | undefined;
  if (first && !linkProblem(emptyHead(runId), first)) return;
  const owner = database.prepare("SELECT run_id FROM log").get()?.["run_id"];
  if (owner === runId) return;
  throw new M1Error("log-foreign", `${path} is the log of run ${String(owner)}, not of ${runId}.`, {
    hint: DAMAGED_HINT,
  });
}

/**
 * A killed process leaves events in a write-ahead file. To read that, SQLite makes an index beside it;
 * where it may not (a read-only disk, a full one), a private copy is read, which sees no later events. It
 * has no name any more when this returns, and goes when it is closed.
 */
function openCopy(path: string, prepare: (database: DatabaseSync) => void, writeAhead = true): DatabaseSync {
  const folder = mkdtempSync(join(tmpdir(), "m1p-log-"));
  try {
    const copy = join(folder, "log.db");
    copyFileSync(path, copy);
    if (writeAhead && existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    return withDatabase(copy, false, (database) => {
      prepare(database);
      // All files are open from the first read on.
      database.prepare("SELECT count(*) FROM sqlite_master").get();
    });
  } catch (error) {
    throw readingError(error, `The log ${path} cannot be read from a copy`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
