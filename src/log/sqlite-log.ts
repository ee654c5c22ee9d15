import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../base/clock.ts";
import { blobsDirectory } from "../base/directories.ts";
import { M1Error } from "../base/errors.ts";
import { afterReadyEvents } from "../base/event-loop.ts";
import { FileBlobStore } from "./file-blob-store.ts";
import type { LogStore } from "./log-store.ts";
import type { BlobStore } from "./run-log.ts";
import { createLogFile, openLogFile, openWithoutWriteAhead } from "./sqlite-file.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { StoredLog } from "./stored-log.ts";

export interface SqliteLogOptions {
  /** The run's own directory: the log is its `log.db`, the blobs are in its `blobs`. */
  readonly directory: string;
  readonly runId: string;
  readonly clock: Clock;
}

/** The disk as a log sees it: where its rows and its bytes are kept. */
export interface LogDisk {
  readonly store: LogStore;
  readonly blobs: BlobStore;
  /** Why the log may have had more than what is there, where it may. */
  readonly cutShort?: string;
}

/**
 * A run's log in an SQLite file (write-ahead log, every commit fsynced). Several processes may have it
 * open at once; each scope has one writer, by its fencing token.
 */
export class SqliteLog extends StoredLog {
  constructor({ runId, clock }: SqliteLogOptions, disk: LogDisk) {
    super({ runId, clock, ...disk, soon: afterReadyEvents });
  }

  /** Makes the log of a new run. Throws `log-exists` where there is one, `log-disk` when the disk refuses. */
  static create(options: SqliteLogOptions): SqliteLog {
    return new SqliteLog(options, newLogDisk(options));
  }

  /**
   * Opens the log of an earlier run, or of one that another process runs at this moment. With
   * `readOnly`, `acquire` throws `log-read-only`, and a damaged log is opened as far as it is whole. Throws
   * `run-unknown` where there is no log, `log-newer` for one that a newer version wrote, `log-foreign` for a file that
   * is no log of this run, `log-damaged`, `log-disk`.
   */
  static open(options: SqliteLogOptions & { readonly readOnly?: boolean }): SqliteLog {
    return new SqliteLog(options, openLogDisk(options));
  }
}

/** Makes a new log's place on the disk. Throws as `SqliteLog.create` does. */
export function newLogDisk(options: SqliteLogOptions): LogDisk {
  return diskOf(options, createLogFile(options.directory, options.runId), false);
}

/** Opens a log's place on the disk. Throws as `SqliteLog.open` does. */
export function openLogDisk(options: SqliteLogOptions & { readonly readOnly?: boolean }): LogDisk {
  const { directory, runId, readOnly = false } = options;
  try {
    return diskOf(options, openLogFile(directory, runId, readOnly), readOnly);
  } catch (error) {
    const isDamage = error instanceof M1Error && error.code === "log-damaged";
    const database = isDamage && readOnly ? openWithoutWriteAhead(directory, runId) : undefined;
    if (!database) throw error;
    return { ...diskOf(options, database, true), cutShort: "its log.db-wal does not fit its log.db" };
  }
}

function diskOf({ directory, runId }: SqliteLogOptions, database: DatabaseSync, readOnly: boolean): LogDisk {
  const blobs = new FileBlobStore(blobsDirectory(directory));
  return { blobs, store: new SqliteStore({ database, blobs, runId, readOnly }) };
}
