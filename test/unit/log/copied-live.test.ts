import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { realClock } from "../../../src/base/clock.ts";
import { M1Error } from "../../../src/base/errors.ts";
import type { LoggedEvent } from "../../../src/events/run-event.ts";
import { readWhole } from "../../../src/log/read-whole.ts";
import { SqliteLog } from "../../../src/log/sqlite-log.ts";
import { Appender } from "./appending.ts";
import { RUN, RunFolder } from "./run-folder.ts";

const ORDERS = [
  ["log.db", "log.db-wal"],
  ["log.db-wal", "log.db"],
] as const;
/** So many events between the copies of the two files: none, a few, and more than the write-ahead file holds. */
const APART = [0, 3, 40, 700];

test("L3: a log copied while it is written, file by file, gives a prefix or names the event", async (t) => {
  const folder = new RunFolder(t);
  await folder.create().close();
  const appender = new Appender(t, folder, "team-1", "until-refused");
  const copies: string[] = [];
  for (const order of ORDERS) {
    for (const apart of APART) {
      await grow(appender, 50);
      const copy = join(folder.dataDirectory, `copy-${copies.length}`);
      copies.push(copy);
      mkdirSync(copy);
      for (const [index, name] of order.entries()) {
        if (index > 0) await grow(appender, apart);
        copyFileSync(join(folder.directory, name), join(copy, name));
      }
    }
  }
  appender.process.kill("SIGKILL");
  await appender.ended;
  const events = [...folder.open({ readOnly: true }).read()];
  const whole = [];
  for (const copy of copies) for (const readOnly of [true, false]) whole.push(await prefixOf(copy, events, readOnly));
  assert.ok(whole.some((count) => count > 0));
  assert.ok(
    whole.slice(0, 2).every((count) => count >= 50),
    "a copy at one moment has what was there",
  );
});

async function grow(appender: Appender, by: number): Promise<void> {
  const target = appender.lines.length + by;
  await appender.line((lines) => lines.length >= target);
}

/** How many events the copy has; that they are the first ones, or what is wrong is said. */
async function prefixOf(directory: string, events: readonly LoggedEvent[], readOnly: boolean): Promise<number> {
  let log: SqliteLog | undefined;
  try {
    log = SqliteLog.open({ directory, runId: RUN, clock: realClock, readOnly });
    const whole = readWhole(log);
    const read = [...whole];
    assert.deepEqual(read, events.slice(0, read.length));
    if (whole.problem)
      assert.match(whole.problem.message, new RegExp(`is damaged at event ${read.length + 1}: .*\\.$`));
    return read.length;
  } catch (error) {
    assert.ok(error instanceof M1Error && error.code === "log-damaged", String(error));
    return 0;
  } finally {
    await log?.close();
    if (existsSync(join(directory, "log.db-shm"))) rmSync(join(directory, "log.db-shm"));
  }
}
