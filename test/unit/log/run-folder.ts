import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { realClock, type Clock } from "../../../src/base/clock.ts";
import { runDirectory } from "../../../src/base/directories.ts";
import type { StoredEvent } from "../../../src/log/chain.ts";
import { SqliteLog } from "../../../src/log/sqlite-log.ts";

export const RUN = "0199-run";

/** A run's directory that goes away with the test. Open logs must be closed by then, or belong to it. */
export class RunFolder {
  readonly dataDirectory: string;
  readonly directory: string;
  readonly #runId: string;
  readonly #open: SqliteLog[] = [];

  constructor(t: TestContext, runId: string = RUN) {
    this.#runId = runId;
    this.dataDirectory = mkdtempSync(join(tmpdir(), "m1-log-"));
    this.directory = runDirectory(this.dataDirectory, runId);
    t.after(async () => {
      // A test may have closed it to everybody.
      if (existsSync(this.directory)) chmodSync(this.directory, 0o700);
      await this.closeAll();
      rmSync(this.dataDirectory, { recursive: true });
    });
  }

  async closeAll(): Promise<void> {
    for (const log of this.#open.splice(0)) await log.close();
  }

  get file(): string {
    return join(this.directory, "log.db");
  }

  create(clock: Clock = realClock): SqliteLog {
    return this.#keep(SqliteLog.create({ directory: this.directory, runId: this.#runId, clock }));
  }

  open(options: { readonly readOnly?: boolean; readonly clock?: Clock } = {}): SqliteLog {
    return this.#keep(SqliteLog.open({ directory: this.directory, runId: this.#runId, clock: realClock, ...options }));
  }

  /** Works on the file behind the log's back. */
  sql<Result>(work: (database: DatabaseSync) => Result): Result {
    using database = new DatabaseSync(this.file);
    return work(database);
  }

  /** The stored rows, read without the log's code. */
  rows(): StoredEvent[] {
    const sql = "SELECT seq, time, scope, body, lower(hex(hash)) AS hash FROM events ORDER BY seq";
    return this.sql((database) => database.prepare(sql).all() as unknown as StoredEvent[]);
  }

  count(table: "events" | "texts"): number {
    return this.sql((database) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]));
  }

  #keep(log: SqliteLog): SqliteLog {
    this.#open.push(log);
    return log;
  }
}
