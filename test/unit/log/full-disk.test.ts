import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { afterReadyEvents } from "../../../src/base/event-loop.ts";
import { realClock } from "../../../src/base/clock.ts";
import { blobsDirectory, runDirectory } from "../../../src/base/directories.ts";
import { M1Error } from "../../../src/base/errors.ts";
import { verifyChain } from "../../../src/log/chain.ts";
import { FileBlobStore } from "../../../src/log/file-blob-store.ts";
import { listRuns } from "../../../src/log/list-runs.ts";
import { lockRun } from "../../../src/log/run-lock.ts";
import { createLogFile } from "../../../src/log/sqlite-file.ts";
import { SqliteLog } from "../../../src/log/sqlite-log.ts";
import { SqliteStore } from "../../../src/log/sqlite-store.ts";
import { StoredLog } from "../../../src/log/stored-log.ts";
import { spoke, started, texts } from "../../contract/run-log-events.ts";
import { fillDisk, runOnSmallDisk, smallDisk } from "../../small-disk.ts";
import { RUN, RunFolder } from "./run-folder.ts";

const disk = smallDisk();
if (disk === undefined) suite("a disk that is full", outside);
else suite("a small disk", () => onSmallDisk(disk));

function outside(): void {
  test("L2: SQLite finds the disk full at any write of a run: what was acknowledged is there, and it goes on", async (t) => {
    // Each limit makes another write the first that fails.
    for (let pages = 6; ; pages += 1) {
      const folder = new RunFolder(t);
      const database = createLogFile(folder.directory, RUN);
      const blobs = new FileBlobStore(blobsDirectory(folder.directory));
      const store = new SqliteStore({ database, blobs, runId: RUN, readOnly: false });
      const log = new StoredLog({ runId: RUN, clock: realClock, store, blobs, soon: afterReadyEvents });
      database.exec(`PRAGMA max_page_count = ${pages}`);
      const appended = await appendAll(log);
      database.exec("PRAGMA max_page_count = 1000000");
      const retried = await appendAll(log);
      await log.close();
      assert.ok(retried.every((result) => result.refusal === undefined));
      const acknowledged = [...appended, ...retried].filter((result) => result.refusal === undefined);
      for (const { refusal } of appended) if (refusal) assertFull(refusal);
      const again = folder.open();
      assert.deepEqual(
        texts(again.read()),
        acknowledged.flatMap((result) => result.texts),
      );
      assert.equal(verifyChain(RUN, folder.rows()).intact, true);
      if (appended.every((result) => result.refusal === undefined)) return assert.ok(pages > 12, `${pages} pages`);
    }
  });

  test("L2: a disk that is really full (tmpfs in a mount of our own)", { timeout: 60_000 }, async (t) => {
    const { mounted, failed, output } = await runOnSmallDisk(import.meta.url, 2 ** 20);
    if (!mounted) {
      // Not skipped: the same is shown there, by a limit on the size of files.
      t.diagnostic(
        `No small disk can be mounted here: ${output.trim()}; see processes.test.ts, "a disk that is really full"`,
      );
      return;
    }
    assert.equal(failed, false, output);
    assert.match(output, /^# pass [1-9]/m);
  });
}

interface Appended {
  readonly texts: readonly string[];
  readonly refusal: unknown;
}

/** Two scopes that append at once, now little, now much. */
async function appendAll(log: { acquire: StoredLog["acquire"] }): Promise<Appended[]> {
  const results: Appended[] = [];
  for (let round = 0; round < 6; round += 1) {
    const appends = ["team-1", "team-2"].map(async (scope, index): Promise<Appended> => {
      const said = [`${round} ${scope}`, `${round} ${scope} `.repeat(round % 2 === index ? 10 : 400)];
      try {
        await (await log.acquire(scope)).append(said.map((text) => spoke(text)));
        return { texts: said, refusal: undefined };
      } catch (refusal) {
        return { texts: said, refusal };
      }
    });
    results.push(...(await Promise.all(appends)));
  }
  return results;
}

function assertFull(error: unknown): void {
  assert.ok(error instanceof M1Error, String(error));
  assert.equal(error.code, "log-disk");
  assert.match(error.message, /full|no space/i);
  assert.match(error.hint ?? "", /disk is full/);
}

function onSmallDisk(disk: string): void {
  for (const room of [0, 4_096, 20_000, 50_000, 120_000]) {
    test(`what was acknowledged is there, and it goes on, with ${room} bytes left after the start`, async (t) => {
      const run = emptyDisk(t, disk);
      const log = SqliteLog.create({ directory: run, runId: RUN, clock: realClock });
      const writer = await log.acquire("run");
      await writer.append([started(RUN)]);
      const filler = fillDisk(disk, room);
      const acknowledged: string[] = [];
      const refusals: unknown[] = [];
      for (let index = 0; refusals.length < 4; index += 1) {
        const text = `${index} `.repeat(index % 4 === 3 ? 700 : 20);
        await writer.append([spoke(text)]).then(
          () => acknowledged.push(text),
          (error) => refusals.push(error),
        );
      }
      refusals.forEach(assertFull);
      const reader = SqliteLog.open({ directory: run, runId: RUN, clock: realClock, readOnly: true });
      assert.deepEqual(texts(reader.read(2)), acknowledged, "it can be read meanwhile");
      await reader.close();
      rmSync(filler);
      await writer.append([spoke("there is room again")]);
      fillDisk(disk, 0);
      await log.close();
      assert.deepEqual(listRuns(disk)[0]?.outcome, "interrupted", "listing needs no room");
      const again = SqliteLog.open({ directory: run, runId: RUN, clock: realClock, readOnly: true });
      assert.deepEqual(texts(again.read(2)), [...acknowledged, "there is room again"]);
      await again.close();
    });
  }

  test("a run that cannot begin leaves no log behind", (t) => {
    for (const room of [0, 4_096, 12_000]) {
      const run = emptyDisk(t, disk);
      const filler = fillDisk(disk, room);
      try {
        SqliteLog.create({ directory: run, runId: RUN, clock: realClock });
        assert.fail("there was room");
      } catch (error) {
        assertFull(error);
      }
      assert.deepEqual(listRuns(disk), []);
      rmSync(filler);
      void SqliteLog.create({ directory: run, runId: RUN, clock: realClock }).close();
    }
  });

  test("L4: a blob that finds no room leaves no piece behind, and is stored once there is", async (t) => {
    const run = emptyDisk(t, disk);
    const blobs = new FileBlobStore(blobsDirectory(run));
    const filler = fillDisk(disk, 30_000);
    const bytes = Buffer.alloc(100_000, 7);
    await assert.rejects(blobs.put(bytes), (error) => (assertFull(error), true));
    assert.deepEqual(
      readdirSync(blobsDirectory(run), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
      [],
    );
    rmSync(filler);
    const id = await blobs.put(bytes);
    assert.deepEqual(Buffer.from(await blobs.get(id)), bytes);
  });

  test("L1: a run can be locked where nothing more can be written", (t) => {
    const run = emptyDisk(t, disk);
    void SqliteLog.create({ directory: run, runId: RUN, clock: realClock }).close();
    fillDisk(disk, 0);
    const lock = lockRun(run);
    assert.throws(() => lockRun(run), { code: "run-busy" });
    lock.release();
  });
}

/** The place of a run on the disk, which is emptied. */
function emptyDisk(t: TestContext, disk: string): string {
  const empty = () => {
    for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true });
  };
  empty();
  t.after(empty);
  return runDirectory(disk, RUN);
}
