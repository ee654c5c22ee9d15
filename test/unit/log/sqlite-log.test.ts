import assert from "node:assert/strict";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { suite, test } from "node:test";
import { realClock } from "../../../src/base/clock.ts";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { RunEvent } from "../../../src/events/run-event.ts";
import { verifyChain } from "../../../src/log/chain.ts";
import { LogFenced, type ScopeWriter } from "../../../src/log/run-log.ts";
import { createLogFile, openLogFile } from "../../../src/log/sqlite-file.ts";
import { FORMAT_VERSION } from "../../../src/events/run-event.ts";
import { SqliteLog } from "../../../src/log/sqlite-log.ts";
import { called, resumed, spoke, started, texts } from "../../contract/run-log-events.ts";
import { RUN, RunFolder } from "./run-folder.ts";

const LARGE = "A page of text. ".repeat(20_000);

suite("opening again", () => {
  test("L1: a log opened again goes on where it was: numbers, chain, and who may write", async (t) => {
    const folder = new RunFolder(t);
    const first = folder.create();
    const before = await first.acquire("team-1");
    await before.append([started(RUN), spoke("a")]);
    const head = first.head();
    await first.close();
    const second = folder.open();
    assert.deepEqual(second.head(), head);
    const writer = await second.acquire("team-1");
    const [logged] = await writer.append([spoke("b")]);
    assert.equal(logged?.seq, 3);
    assert.deepEqual(texts(second.read()), ["run-started", "a", "b"]);
    assert.deepEqual(verifyChain(RUN, folder.rows()), { intact: true, head: second.head() });
  });

  test("a log that is closed in the middle of being read is closed, not damaged", async (t) => {
    const log = new RunFolder(t).create();
    await (await log.acquire("run")).append([started(RUN), spoke("a"), spoke("b"), spoke("x".repeat(1_000))]);
    const events = log.read()[Symbol.iterator]();
    for (const seq of [1, 2]) assert.equal(events.next().value?.seq, seq);
    await log.close();
    const read = () => {
      while (!events.next().done);
    };
    assert.throws(read, { code: "log-closed" });
  });

  test("time never goes back between a crash and the resume, nor behind another process", async (t) => {
    const folder = new RunFolder(t);
    const clocks = { crashed: new VirtualClock(90_000), resumed: new VirtualClock(50_000) };
    const crashed = await folder.create(clocks.crashed).acquire("team-1");
    await crashed.append([spoke("a")]);
    const resumed = await folder.open({ clock: clocks.resumed }).acquire("team-2");
    const stamp = async (writer: ScopeWriter) => (await writer.append([spoke("b")]))[0]?.time;
    assert.equal(await stamp(resumed), 90_000);
    await clocks.resumed.advance(300);
    assert.equal(await stamp(resumed), 90_300);
    await clocks.crashed.advance(100);
    assert.equal(await stamp(crashed), 90_300);
    await clocks.crashed.advance(50);
    assert.equal(await stamp(crashed), 90_350);
    await clocks.resumed.advance(10);
    assert.equal(await stamp(resumed), 90_350);
  });

  test("L1: whoever resumes a run fences the process before it, also after that one's cached commits", async (t) => {
    const folder = new RunFolder(t);
    const hung = await folder.create().acquire("run");
    await hung.append([spoke("a")]);
    const resumed = await folder.open().acquire("run");
    await assert.rejects(hung.append([spoke("stale")]), LogFenced);
    await resumed.append([spoke("b")]);
    assert.deepEqual(verifyChain(RUN, folder.rows()).intact, true);
    assert.equal(folder.count("events"), 2);
  });

  test("L1: two logs on one run share its order; each hears of the other's events, in order and once", async (t) => {
    const folder = new RunFolder(t);
    const logs = [folder.create(), folder.open()] as const;
    const writers = [await logs[0].acquire("team-1"), await logs[1].acquire("team-2")] as const;
    const heard: number[] = [];
    await writers[1].append([spoke("before anybody listened")]);
    logs[0].subscribe((event) => heard.push(event.seq));
    for (let round = 0; round < 5; round += 1) {
      await writers[1].append([spoke("theirs"), spoke("theirs")]);
      await writers[0].append([spoke("ours")]);
    }
    assert.deepEqual(
      heard,
      Array.from({ length: 15 }, (_, index) => index + 2),
    );
    assert.deepEqual([...logs[0].read()], [...logs[1].read()]);
    assert.equal(verifyChain(RUN, folder.rows()).intact, true);
  });

  test("a listener hears only what came after it, also when an earlier one must still be told of it", async (t) => {
    const folder = new RunFolder(t);
    const ours = folder.create();
    const writer = await ours.acquire("team-1");
    const theirs = await folder.open().acquire("team-2");
    const heard = { early: [] as number[], late: [] as number[] };
    ours.subscribe((event) => heard.early.push(event.seq));
    await theirs.append([spoke("a")]);
    ours.subscribe((event) => heard.late.push(event.seq));
    await theirs.append([spoke("b")]);
    await writer.append([spoke("c")]);
    assert.deepEqual(heard, { early: [1, 2, 3], late: [2, 3] });
  });

  test("an append waits, without blocking, for a process that holds the file", async (t) => {
    const folder = new RunFolder(t);
    const clock = new VirtualClock();
    const log = folder.create(clock);
    const writer = await log.acquire("run");
    using other = new DatabaseSync(folder.file);
    other.exec("BEGIN IMMEDIATE");
    const append = writer.append([spoke("a")]);
    await clock.advance(500);
    assert.equal(folder.count("events"), 0);
    other.exec("ROLLBACK");
    await clock.advance(100);
    assert.equal((await append)[0]?.seq, 1);
    assert.equal(clock.pending, 0);
  });

  test("a run has one log: making it again fails", async (t) => {
    const folder = new RunFolder(t);
    folder.create();
    assert.throws(() => folder.create(), { code: "log-exists" });
  });
});

suite("reading a run that another process writes", () => {
  test("a log opened for reading sees every commit so far, and cannot write", async (t) => {
    const folder = new RunFolder(t);
    const writer = await folder.create().acquire("run");
    const reader = folder.open({ readOnly: true });
    assert.deepEqual(texts(reader.read()), []);
    await writer.append([spoke("a")]);
    assert.deepEqual(texts(reader.read()), ["a"]);
    await writer.append([spoke(LARGE)]);
    assert.deepEqual(texts(reader.read(2)), [LARGE]);
    assert.equal(reader.head().seq, 2);
    await assert.rejects(reader.acquire("team-1"), { code: "log-read-only" });
  });
});

suite("what is stored", () => {
  test("L4: each message is stored once, however many events, teams and steps name it", async (t) => {
    const folder = new RunFolder(t);
    const log = folder.create();
    const reply = "A thought of more than a few words. ".repeat(20);
    for (const scope of ["team-1", "team-2"]) {
      const writer = await log.acquire(scope);
      for (const key of [`${scope}/1`, `${scope}/2`]) {
        await writer.append([spoke(reply, key), modelStep(reply, key)]);
        await writer.append([called({ program: reply, again: [reply] }, key)]);
      }
    }
    assert.equal(folder.count("events"), 12);
    assert.equal(folder.count("texts"), 1);
    assert.ok(folder.rows().every((row) => row.body.length < 600));
    assert.deepEqual(texts(log.read()).slice(0, 1), [reply]);
  });

  test("L4: a very large text is a blob, stored once and not in the database", async (t) => {
    const folder = new RunFolder(t);
    const log = folder.create();
    const writer = await log.acquire("run");
    await Promise.all([writer.append([spoke(LARGE), called({ page: LARGE })]), writer.append([spoke(LARGE)])]);
    assert.equal(folder.count("texts"), 0);
    const blobs = readdirSync(join(folder.directory, "blobs"), { recursive: true }).filter((name) =>
      String(name).includes("/"),
    );
    assert.equal(blobs.length, 1);
    assert.deepEqual(texts(log.read()), [LARGE, "step-started", LARGE]);
  });

  test("L5: every file is its owner's only, side files and blobs included, whatever the umask", async (t) => {
    const before = process.umask(0);
    t.after(() => process.umask(before));
    const folder = new RunFolder(t);
    const log = folder.create();
    const writer = await log.acquire("run");
    await writer.append([spoke(LARGE)]);
    const modes: Record<string, string> = {};
    for (const entry of readdirSync(folder.dataDirectory, { recursive: true, withFileTypes: true })) {
      const mode = (statSync(join(entry.parentPath, entry.name)).mode & 0o777).toString(8);
      assert.equal(mode, entry.isDirectory() ? "700" : "600", entry.name);
      modes[entry.name] = mode;
    }
    for (const name of ["log.db", "log.db-wal", "log.db-shm", "blobs"]) assert.ok(name in modes, name);
  });
});

suite("a disk that refuses", () => {
  test("L2: a new log and one opened again fsync every commit", async (t) => {
    const folder = new RunFolder(t);
    const assertDurable = (database: DatabaseSync) => {
      assert.equal(database.prepare("PRAGMA synchronous").get()?.["synchronous"], 2, "FULL");
      assert.equal(database.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "wal");
      database.close();
    };
    assertDurable(createLogFile(folder.directory, RUN));
    await folder.open().close();
    assertDurable(openLogFile(folder.directory, RUN, false));
  });

  /** The database itself refuses: at a statement within the transaction, or at its commit. */
  const refusals = {
    "at an insert": `CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.scope = 'team-2' BEGIN
      SELECT RAISE(ABORT, 'database or disk is full'); END`,
    "at the commit": `CREATE TABLE nowhere (id INTEGER PRIMARY KEY);
      CREATE TABLE pointer (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER refuse AFTER INSERT ON events WHEN NEW.scope = 'team-2' BEGIN
        INSERT INTO pointer VALUES (1); END`,
  };
  for (const [where, sql] of Object.entries(refusals)) {
    test(`L2: a transaction refused ${where} leaves nothing, fails all its appends, and the log goes on`, async (t) => {
      const folder = new RunFolder(t);
      const log = folder.create();
      const [one, two] = await Promise.all([log.acquire("team-1"), log.acquire("team-2")]);
      await one.append([spoke("before")]);
      const head = log.head();
      const heard: string[] = [];
      log.subscribe((event) => heard.push(event.type));
      folder.sql((database) => database.exec(sql));
      const batch = [one.append([spoke("x".repeat(500))]), two.append([spoke("b")]), log.acquire("team-1")];
      for (const result of await Promise.allSettled(batch)) {
        assert.ok(result.status === "rejected");
        assert.equal((result.reason as { code: string }).code, "log-disk");
      }
      assert.deepEqual(log.head(), head);
      assert.equal(folder.count("texts"), 0);
      assert.deepEqual(heard, []);
      folder.sql((database) => database.exec("DROP TRIGGER refuse"));
      await Promise.all([one.append([spoke("again")]), two.append([spoke("and on")])]);
      assert.deepEqual(texts(log.read()), ["before", "again", "and on"]);
      assert.equal(verifyChain(RUN, folder.rows()).intact, true);
    });
  }

  test("L4: an append whose large text cannot be stored fails, and what stood behind it; later ones are stored", async (t) => {
    const folder = new RunFolder(t);
    const log = folder.create();
    const writer = await log.acquire("run");
    writeFileSync(join(folder.directory, "blobs"), "in the way");
    const results = await Promise.allSettled([writer.append([spoke(LARGE)]), writer.append([spoke("behind")])]);
    for (const result of results) {
      assert.ok(result.status === "rejected");
      assert.equal((result.reason as { code: string }).code, "log-disk");
    }
    await writer.append([spoke("small")]);
    assert.deepEqual(texts(log.read()), ["small"]);
  });
});

suite("files that are no good log", () => {
  const open = (folder: RunFolder) => () => folder.open();

  for (const [where, event] of Object.entries({ "its start": started(RUN), "a resume": resumed() })) {
    test(`L5: a log that is of a newer version from ${where} on is refused in plain words`, async (t) => {
      const folder = new RunFolder(t);
      const log = folder.create();
      await (await log.acquire("run")).append([{ ...event, formatVersion: 99 }]);
      assert.throws(() => [...log.read()], { code: "log-newer", message: /^The log of run 0199-run was written by/ });
      await log.close();
      const message = new RegExp(`newer m1-parallel: it has events of version 99, .* up to ${FORMAT_VERSION}\\.$`);
      assert.throws(open(folder), { code: "log-newer", message });
    });
  }

  test("L5: so is one whose tables nobody knows yet", (t) => {
    const folder = new RunFolder(t);
    void folder.create().close();
    folder.sql((database) => database.exec(`PRAGMA user_version = ${FORMAT_VERSION + 1}; DROP TABLE log`));
    assert.throws(open(folder), { code: "log-newer", message: /newer m1-parallel/ });
  });

  test("a missing log, a foreign database, a text file and a half-made file each give a sentence", async (t) => {
    const folder = new RunFolder(t);
    assert.throws(open(folder), { code: "run-unknown" });
    await folder.create().close();
    folder.sql((database) => database.exec("PRAGMA application_id = 1"));
    assert.throws(open(folder), { code: "log-foreign", message: /is not a run log of m1-parallel\.$/ });
    writeFileSync(folder.file, "not a database at all. ".repeat(100));
    assert.throws(open(folder), { code: "log-damaged", message: /cannot be opened, since the file is damaged/ });
    writeFileSync(folder.file, "");
    assert.throws(open(folder), { code: "log-foreign", message: /was killed while its log was being made/ });
  });

  test("a log in another run's folder is not taken for that run's", async (t) => {
    const folder = new RunFolder(t);
    await folder.create().close();
    assert.throws(() => SqliteLog.open({ directory: folder.directory, runId: "other", clock: realClock }), {
      code: "log-foreign",
      message: /is the log of run 0199-run, not of other/,
    });
  });

  const damages: Record<string, { readonly sql: string; readonly seq: number }> = {
    "an edited event": { sql: `UPDATE events SET body = replace(body, 'two', 'too') WHERE seq = 2`, seq: 2 },
    "a hash that was edited": { sql: `UPDATE events SET hash = zeroblob(32) WHERE seq = 1`, seq: 1 },
    "a missing event": { sql: `DELETE FROM events WHERE seq = 2`, seq: 2 },
    "an edited text": { sql: `UPDATE texts SET content = content || '!'`, seq: 3 },
    "a missing text": { sql: `DELETE FROM texts`, seq: 3 },
  };
  for (const [what, { sql, seq }] of Object.entries(damages)) {
    test(`L3: reading meets ${what} with the event's number, after giving what comes before`, async (t) => {
      const folder = new RunFolder(t);
      const log = folder.create();
      const writer = await log.acquire("run");
      await writer.append([spoke("one"), spoke("two"), spoke("three ".repeat(100)), spoke("four")]);
      folder.sql((database) => database.exec(sql));
      const read: number[] = [];
      assert.throws(
        () => {
          for (const event of log.read()) read.push(event.seq);
        },
        { code: "log-damaged", message: new RegExp(`damaged at event ${seq}: `) },
      );
      assert.equal(read.length, seq - 1);
    });
  }

  test("an event that fits the chain but no schema is damage, and says what is wrong", async (t) => {
    const folder = new RunFolder(t);
    const log = folder.create();
    const writer = await log.acquire("run");
    await writer.append([{ ...spoke("a"), agent: 7 } as unknown as RunEvent]);
    assert.throws(() => [...log.read()], { code: "log-damaged", message: /event 1: .*expected string.*agent/s });
  });
});

function modelStep(content: string, key: string): RunEvent {
  return {
    type: "step-started",
    key,
    agent: "Coder",
    request: "request",
    step: {
      kind: "model",
      settings: { model: "scripted/x", format: { kind: "text" } },
      conversation: { head: "head", base: null, added: [{ role: "assistant", content }] },
    },
  };
}
