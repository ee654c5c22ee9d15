import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, suite, test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import { runDirectory } from "../../../src/base/directories.ts";
import { M1Error } from "../../../src/base/errors.ts";
import type { LoggedEvent } from "../../../src/events/run-event.ts";
import { listRuns } from "../../../src/log/list-runs.ts";
import { readWhole } from "../../../src/log/read-whole.ts";
import { SqliteLog } from "../../../src/log/sqlite-log.ts";
import { spoke, started } from "../../contract/run-log-events.ts";
import { RUN } from "./run-folder.ts";

const PAGE = 4096;
const COUNT = 150;
const folder = mkdtempSync(join(tmpdir(), "m1-damage-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A run's files as they were at some moment, and what had been acknowledged by then. */
interface Moment {
  readonly db: Buffer;
  readonly wal?: Buffer | undefined;
  /** SQLite's index of the write-ahead file. */
  readonly shm?: Buffer;
  readonly events: readonly LoggedEvent[];
  /** The size of the write-ahead file when each event had been acknowledged. */
  readonly walSizes: readonly number[];
}

/** The file of a closed log; one that is all in the write-ahead file; one that is in both; one whose write-ahead file is a third one;
 * the first half of the first. */
let closed: Moment;
let ahead: Moment;
let both: Moment;
let later: Moment;
let earlier: Moment;

before(async () => {
  ahead = await record("ahead");
  both = await record("both", (file, index) => index === COUNT / 2 && checkpoint(file));
  later = await record("later", (file, index) => index > 0 && index % (COUNT / 3) === 0 && checkpoint(file));
  closed = await closing(ahead, "closed");
  earlier = await closing({ ...ahead, wal: ahead.wal?.subarray(0, ahead.walSizes[COUNT / 2]) }, "earlier");
});

function checkpoint(file: string): void {
  using database = new DatabaseSync(file);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

async function record(name: string, act: (file: string, index: number) => unknown = () => {}): Promise<Moment> {
  const directory = runDirectory(join(folder, name), RUN);
  const file = join(directory, "log.db");
  const log = SqliteLog.create({ directory, runId: RUN, clock: new VirtualClock() });
  const writer = await log.acquire("run");
  const events: LoggedEvent[] = [];
  const walSizes: number[] = [];
  for (let index = 0; index < COUNT; index += 1) {
    const text = index === 20 ? "a page of a book. ".repeat(20_000) : `${index} `.repeat(index % 3 === 0 ? 300 : 40);
    events.push(...(await writer.append([index === 0 ? started(RUN) : spoke(text)])));
    walSizes.push(readFileSync(`${file}-wal`).byteLength);
    act(file, index);
  }
  const [db, wal, shm] = [readFileSync(file), readFileSync(`${file}-wal`), readFileSync(`${file}-shm`)];
  const moment = { db, wal, shm, events, walSizes };
  await log.close();
  cpSync(join(directory, "blobs"), join(folder, "blobs"), { recursive: true });
  return moment;
}

/** What SQLite makes of it when it is opened and closed in order. */
async function closing(moment: Moment, name: string): Promise<Moment> {
  const directory = lay(moment, name);
  const log = SqliteLog.open({ directory, runId: RUN, clock: new VirtualClock() });
  const events = [...log.read()];
  await log.close();
  assert.deepEqual(readdirSync(directory).sort(), ["blobs", "log.db"]);
  return { db: readFileSync(join(directory, "log.db")), wal: undefined, events, walSizes: [] };
}

type Files = Pick<Moment, "db" | "wal" | "shm">;

function lay({ db, wal, shm }: Files, name: string): string {
  const directory = runDirectory(join(folder, name), RUN);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "log.db"), db);
  if (wal) writeFileSync(join(directory, "log.db-wal"), wal);
  if (shm) writeFileSync(join(directory, "log.db-shm"), shm);
  symlinkSync(join(folder, "blobs"), join(directory, "blobs"));
  return directory;
}

/** Opening to write costs ten times as much. */
const mostlyReading = fc.oneof(
  { weight: 5, arbitrary: fc.constant(true) },
  { weight: 1, arbitrary: fc.constant(false) },
);

interface Found {
  readonly count: number;
  readonly problem: M1Error | undefined;
}

/** Opens the damaged files and holds what comes out to what had been written. */
async function found(files: Files, events: readonly LoggedEvent[], readOnly: boolean): Promise<Found> {
  const directory = lay(files, "damaged");
  let log: SqliteLog | undefined;
  try {
    log = SqliteLog.open({ directory, runId: RUN, clock: new VirtualClock(), readOnly });
    const whole = readWhole(log);
    const read = [...whole];
    assert.deepEqual(read, events.slice(0, read.length), "never a wrong event");
    if (whole.problem) assertNamed(whole.problem, read.length + 1);
    return { count: read.length, problem: whole.problem };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    // A head that says "for reading only" is believed.
    if (!(error instanceof M1Error && error.code === "log-disk" && !readOnly)) assertSentence(error);
    assert.ok(error instanceof M1Error);
    return { count: 0, problem: error };
  } finally {
    await log?.close();
  }
}

function assertNamed(problem: M1Error, seq: number): void {
  assertSentence(problem);
  assert.match(problem.message, new RegExp(`^The log of run ${RUN} is damaged at event ${seq}: `));
}

function assertSentence(error: unknown): asserts error is M1Error {
  assert.ok(error instanceof M1Error, String(error instanceof Error ? error.stack : error));
  assert.match(error.code, /^log-(?:damaged|foreign|newer)$/, error.message);
  assert.match(error.message, /^[A-Z/].*\.$/s);
  assert.ok(error.hint);
}

suite("torn writes", () => {
  const cuts = (moment: Moment) => fc.nat((moment.wal ?? moment.db).byteLength);

  test("L2: a write-ahead file cut anywhere gives all that was acknowledged before the cut, and no error", async () => {
    await fc.assert(
      fc.asyncProperty(cuts(ahead), mostlyReading, fc.boolean(), async (cut, readOnly, indexed) => {
        const files = {
          db: ahead.db,
          wal: ahead.wal?.subarray(0, cut),
          ...(indexed && ahead.shm ? { shm: ahead.shm } : {}),
        };
        const { count, problem } = await found(files, ahead.events, readOnly);
        assert.equal(problem, undefined);
        assert.equal(count, ahead.walSizes.filter((size) => size <= cut).length);
      }),
      {
        numRuns: 60,
        examples: ahead.walSizes.flatMap(
          (size) =>
            [
              [size, true, false],
              [size - 1, true, true],
            ] as [number, boolean, boolean][],
        ),
      },
    );
  });

  test("L2: so does one with part of the log in the file proper", async () => {
    await fc.assert(
      fc.asyncProperty(cuts(both), mostlyReading, async (cut, readOnly) => {
        const { count, problem } = await found({ db: both.db, wal: both.wal?.subarray(0, cut) }, both.events, readOnly);
        assert.equal(problem, undefined);
        assert.equal(count, 1 + COUNT / 2 + both.walSizes.filter((size, at) => at > COUNT / 2 && size <= cut).length);
      }),
      { numRuns: 60 },
    );
  });

  test("L2: a byte of the write-ahead file that flips ends the log before it, and nothing else", async () => {
    const size = ahead.wal?.byteLength ?? 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(size - 1),
        fc.integer({ min: 1, max: 255 }),
        mostlyReading,
        async (at, mask, readOnly) => {
          const wal = flipped(ahead.wal ?? Buffer.alloc(0), at, mask);
          const { count, problem } = await found({ db: ahead.db, wal }, ahead.events, readOnly);
          assert.equal(problem, undefined);
          if (at >= 32) assert.ok(count >= ahead.walSizes.filter((end) => end <= at).length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("L3: a file proper that is cut gives a prefix, or names the event", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(closed.db.byteLength), mostlyReading, async (cut, readOnly) => {
        await found({ db: closed.db.subarray(0, cut) }, closed.events, readOnly);
      }),
      { numRuns: 60, examples: pages(closed).flatMap((page) => [[page * PAGE, true]] as [number, boolean][]) },
    );
  });
});

suite("damage in the file", () => {
  const page = () => fc.constantFrom(...pages(closed));

  test("L3: a byte that flips anywhere gives a prefix, or names the event", async () => {
    const seen = { whole: 0, named: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(closed.db.byteLength - 1),
        fc.integer({ min: 1, max: 255 }),
        mostlyReading,
        async (at, mask, ro) => {
          const { count, problem } = await found({ db: flipped(closed.db, at, mask) }, closed.events, ro);
          seen[problem === undefined ? "whole" : count > 0 ? "named" : "refused"] += 1;
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(seen.named > 100 && seen.whole > 0, JSON.stringify(seen));
  });

  test("L3: every byte of the file's head that flips gives a prefix, or a sentence", async () => {
    for (let at = 0; at < 100; at += 1)
      for (const mask of [1, 0x80, 0xff]) await found({ db: flipped(closed.db, at, mask) }, closed.events, true);
  });

  test("L3: a page of zeros, of noise, of another page, or of an earlier moment is never believed", async () => {
    const wrong = fc.oneof(
      fc.constant(Buffer.alloc(PAGE)),
      fc.uint8Array({ minLength: PAGE, maxLength: PAGE }).map((bytes) => Buffer.from(bytes)),
      page().map((other) => pageOf(closed, other)),
    );
    await fc.assert(
      fc.asyncProperty(
        page(),
        fc.oneof(wrong, fc.constant("earlier" as const)),
        mostlyReading,
        async (at, bytes, readOnly) => {
          const db = Buffer.from(closed.db);
          db.set(bytes === "earlier" ? pageOf(earlier, at) : bytes, at * PAGE);
          await found({ db }, closed.events, readOnly);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("L4: a missing and a changed blob are named with their event; what is before is read", async () => {
    const directory = lay(closed, "blobless");
    rmSync(join(directory, "blobs"));
    cpSync(join(folder, "blobs"), join(directory, "blobs"), { recursive: true });
    const [shelf = ""] = readdirSync(join(directory, "blobs"));
    const [name = ""] = readdirSync(join(directory, "blobs", shelf));
    const blob = join(directory, "blobs", shelf, name);
    for (const [act, what] of [
      [() => writeFileSync(blob, "something else"), "has been changed"],
      [() => rmSync(blob), "is missing"],
    ] as const) {
      act();
      const log = SqliteLog.open({ directory, runId: RUN, clock: new VirtualClock(), readOnly: true });
      const whole = readWhole(log);
      assert.equal([...whole].length, 20);
      assert.equal(whole.last?.seq, 20);
      assert.equal(whole.problem?.message, `The log of run ${RUN} is damaged at event 21: its blob ${name} ${what}.`);
      assert.equal([...log.read(22)].length, COUNT - 21, "and what is after can be asked for");
      await log.close();
    }
  });

  test("a damaged row that names the run does not hide events that are this run's by their chain", async () => {
    const directory = lay(closed, "misnamed");
    using database = new DatabaseSync(join(directory, "log.db"));
    database.exec("UPDATE log SET run_id = 'somebody'");
    const log = SqliteLog.open({ directory, runId: RUN, clock: new VirtualClock(), readOnly: true });
    assert.equal([...log.read()].length, COUNT);
    await log.close();
  });
});

suite("copies", () => {
  test("a log whose side files were left behind is read as far as it is in the file", async () => {
    assert.deepEqual(await found({ db: both.db }, both.events, true), {
      count: 1 + COUNT / 2,
      problem: undefined,
    });
    assert.deepEqual(await found({ db: ahead.db }, ahead.events, true), {
      count: 0,
      problem: undefined,
    });
  });

  test("L3: of a file with a write-ahead file that is not its own, all that is in the file is read, then the event named", async () => {
    for (const readOnly of [true, false]) {
      const { count, problem } = await found({ db: both.db, wal: later.wal }, both.events, readOnly);
      assert.equal(count, 1 + COUNT / 2);
      assert.match(problem?.message ?? "", /damaged at event 77: event 77 is missing\.$/);
    }
    const { count, problem } = await found({ db: ahead.db, wal: later.wal }, ahead.events, true);
    assert.equal(count, 0);
    assert.match(problem?.message ?? "", /damaged at event 1: its log\.db-wal does not fit its log\.db\.$/);
  });

  test("L3: a file and a write-ahead file of different moments give a prefix, or name the event", async () => {
    for (const db of [ahead.db, both.db, closed.db, earlier.db])
      for (const wal of [ahead.wal, both.wal, later.wal])
        for (const readOnly of [true, false]) await found({ db, wal }, ahead.events, readOnly);
  });

  test("a data directory that was moved or renamed is the same", async () => {
    lay(both, "here");
    renameSync(join(folder, "here"), join(folder, "there"));
    assert.equal(listRuns(join(folder, "there"))[0]?.outcome, "interrupted");
    const moved = { directory: runDirectory(join(folder, "there"), RUN), runId: RUN, clock: new VirtualClock() };
    const again = SqliteLog.open(moved);
    assert.deepEqual([...again.read()], both.events);
    await again.close();
  });
});

function pages({ db }: Moment): number[] {
  return Array.from({ length: db.byteLength / PAGE }, (_, index) => index);
}

function pageOf({ db }: Moment, page: number): Buffer {
  return db.subarray(page * PAGE, (page + 1) * PAGE);
}

function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ mask, at);
  return copy;
}
