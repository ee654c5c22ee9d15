import assert from "node:assert/strict";
import { chmodSync, chownSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { runDirectory, runsDirectory } from "../../../../src/base/directories.ts";
import type { EventOf, RunEvent } from "../../../../src/events/run-event.ts";
import { listRuns } from "../../../../src/log/list-runs.ts";
import { lockRun } from "../../../../src/log/run-lock.ts";
import { SqliteLog } from "../../../../src/log/sqlite-log.ts";
import { findRun } from "../../../../src/run/kept-runs/find-run.ts";
import { removeRuns } from "../../../../src/run/kept-runs/remove-runs.ts";
import { sizeOfRun } from "../../../../src/run/kept-runs/run-size.ts";
import { asked, finished, started } from "../../../contract/run-log-events.ts";

const DAY = 86_400_000;
const START = 1_800_000_000_000;

suite("removing runs by name", () => {
  test("a run that has ended is removed, with all that is in its folder", async (t) => {
    const data = new DataDirectory(t);
    await data.run("run-a", ended("run-a"));
    await data.run("run-b", ended("run-b"));
    const workspace = path.join(data.directory("run-a"), "workspaces", "team-1");
    mkdirSync(path.join(workspace, "closed", "deep"), { recursive: true });
    writeFileSync(path.join(workspace, "closed", "deep", "file"), "x", { mode: 0o000 });
    if (process.getuid?.() === 0) chownSync(path.join(workspace, "closed"), 4_000_000, 4_000_000);
    chmodSync(path.join(workspace, "closed"), 0o000);
    const { removed, kept } = await removeRuns({ runs: ["run-a"], dataDir: data.path });
    assert.deepEqual([removed.map(({ runId }) => runId), kept], [["run-a"], []]);
    assert.ok((removed[0]?.bytes ?? 0) > 20_000);
    assert.deepEqual(readdirSync(runsDirectory(data.path)), ["run-b"]);
  });

  test("names are beginnings of ids, or last; each run is removed once", async (t) => {
    const data = new DataDirectory(t);
    for (const id of ["run-1a", "run-1b", "run-2"]) await data.run(id, ended(id));
    await assert.rejects(removeRuns({ runs: ["run-2", "run-1"], dataDir: data.path }), { code: "run-unknown" });
    await assert.rejects(removeRuns({ runs: ["run-2", "nowhere"], dataDir: data.path }), { code: "run-unknown" });
    assert.equal(data.ids().length, 3, "nothing is removed before all names are found");
    const { removed } = await removeRuns({ runs: ["last", "run-2", "run-1a"], dataDir: data.path });
    assert.deepEqual(
      removed.map(({ runId }) => runId),
      ["run-2", "run-1a"],
    );
    assert.deepEqual(data.ids(), ["run-1b"]);
  });

  test("one whose process was killed while it made the log is named so, is not the last one, and goes unforced", async (t) => {
    const data = new DataDirectory(t);
    await data.run("run-1", ended("run-1"));
    mkdirSync(data.directory("run-2"));
    writeFileSync(path.join(data.directory("run-2"), "log.db"), "");
    assert.equal(findRun(data.path, "last"), "run-1");
    const [unbegun] = listRuns(data.path).filter(({ runId }) => runId === "run-2");
    assert.match(unbegun?.problem ?? "", /killed while its log was being made: nothing of it was done/);
    const lock = lockRun(data.directory("run-2"));
    await assert.rejects(
      removeRuns({ runs: ["run-2"], dataDir: data.path }),
      { code: "run-busy" },
      "it is being made now",
    );
    lock.release();
    await removeRuns({ runs: ["run-2"], dataDir: data.path });
    assert.deepEqual(data.ids(), ["run-1"]);
  });

  test("a running one is never removed, others that have not ended only by force", async (t) => {
    const data = new DataDirectory(t);
    await data.run("ended", ended("ended"));
    await data.run("interrupted");
    await data.run("waiting", [asked, { type: "run-waiting", questions: ["q-1"] }]);
    await data.run("pending", [asked, ...ended("pending", "pending")]);
    await data.run("running");
    mkdirSync(data.directory("unreadable"));
    writeFileSync(path.join(data.directory("unreadable"), "log.db"), "no log");
    const lock = lockRun(data.directory("running"));
    for (const [id, code, words] of [
      ["interrupted", "run-not-ended", /interrupted has not ended: m1p resume/],
      ["waiting", "run-not-ended", /waiting waits for a person/],
      ["pending", "run-not-ended", /pending waits for a person/],
      ["unreadable", "run-not-ended", /cannot be read/],
      ["running", "run-busy", /running is being worked on/],
    ] as const)
      await assert.rejects(removeRuns({ runs: ["ended", id], dataDir: data.path }), { code, message: words });
    assert.equal(data.ids().length, 6, "nor is what was named beside it");
    const all = data.ids();
    await assert.rejects(removeRuns({ runs: all, force: true, dataDir: data.path }), { code: "run-busy" });
    await removeRuns({ runs: all.filter((id) => id !== "running"), force: true, dataDir: data.path });
    assert.deepEqual(data.ids(), ["running"]);
    lock.release();
    await removeRuns({ runs: ["running"], force: true, dataDir: data.path });
    assert.deepEqual(readdirSync(runsDirectory(data.path)), []);
  });

  test("an ended one that a process still works on is not removed", async (t) => {
    const data = new DataDirectory(t);
    await data.run("run-a", ended("run-a"));
    using lock = lockRun(data.directory("run-a"));
    assert.ok(lock);
    await assert.rejects(removeRuns({ runs: ["run-a"], force: true, dataDir: data.path }), { code: "run-busy" });
    const { kept } = await removeRuns({ keepBytes: 0, dataDir: data.path });
    assert.equal(kept[0]?.reason, "is being worked on");
    assert.deepEqual(data.ids(), ["run-a"]);
  });

  test("it must be said what is to be removed, in one way", async (t) => {
    const { path: dataDir } = new DataDirectory(t);
    await assert.rejects(removeRuns({ dataDir }), { code: "nothing-to-remove" });
    await assert.rejects(removeRuns({ dataDir, runs: ["last"], keepBytes: 1 }), { code: "nothing-to-remove" });
  });

  test("a removal that was cut off is invisible, and finished by the next one; a run that is being written stays", async (t) => {
    const data = new DataDirectory(t);
    await data.run("run-a", ended("run-a"));
    const [young, old] = [".0199aaaa-0000-4000-8000-000000000000.tmp", ".0199bbbb-0000-4000-8000-000000000000.tmp"];
    for (const name of [".removed-run-x", ".removed-run-a", young, old, ".mine"])
      mkdirSync(path.join(runsDirectory(data.path), name, "blobs"), { recursive: true });
    assert.deepEqual(data.ids(), ["run-a"]);
    const clock = new VirtualClock(Date.now() + 60_000);
    await removeRuns({ runs: ["run-a"], dataDir: data.path, clock });
    assert.deepEqual(readdirSync(runsDirectory(data.path)).sort(), [young, old, ".mine"].sort());
    await clock.advance(2 * DAY);
    await removeRuns({ keepBytes: 0, dataDir: data.path, clock });
    assert.deepEqual(readdirSync(runsDirectory(data.path)), [".mine"]);
  });
});

suite("removing old runs", () => {
  test("by age: ended runs in which nothing has happened for so long", async (t) => {
    const data = new DataDirectory(t);
    for (const age of [40, 31, 29, 1]) await data.run(`age-${age}`, ended(`age-${age}`), age);
    await data.run("age-50", [], 50);
    const options = { olderThanMs: 30 * DAY, dataDir: data.path, clock: new VirtualClock(START) };
    const dry = await removeRuns({ ...options, dryRun: true });
    assert.equal(data.ids().length, 5);
    const { removed, kept } = await removeRuns(options);
    assert.deepEqual(removed, dry.removed);
    assert.deepEqual(
      [removed.map(({ runId }) => runId), kept.map(({ runId }) => runId)],
      [["age-40", "age-31"], ["age-50"]],
    );
    assert.deepEqual(data.ids(), ["age-1", "age-29", "age-50"]);
    await removeRuns({ ...options, force: true });
    assert.deepEqual(data.ids(), ["age-1", "age-29"]);
  });

  test("by size: the oldest ended ones, until the rest fits; what forks share counts once", async (t) => {
    const data = new DataDirectory(t);
    for (const age of [4, 3, 2, 1]) {
      await data.run(`age-${age}`, ended(`age-${age}`), age);
      writeFileSync(path.join(data.directory(`age-${age}`), "big"), Buffer.alloc(1_000_000, age));
    }
    // age-3 shares its largest file with age-1: removing it alone frees little.
    rmSync(path.join(data.directory("age-1"), "big"));
    linkSync(path.join(data.directory("age-3"), "big"), path.join(data.directory("age-1"), "big"));
    const { removed, restBytes } = await removeRuns({ keepBytes: 2_500_000, dataDir: data.path });
    assert.deepEqual(
      removed.map(({ runId }) => runId),
      ["age-4"],
    );
    assert.ok(restBytes !== undefined && restBytes > 2_000_000 && restBytes < 2_500_000, String(restBytes));
    const next = await removeRuns({ keepBytes: 1_500_000, dataDir: data.path });
    assert.deepEqual(
      next.removed.map(({ runId }) => runId),
      ["age-3", "age-2"],
    );
    assert.equal((await removeRuns({ keepBytes: 1_500_000, dataDir: data.path })).removed.length, 0);
  });

  test("a size counts a file with two names once, and what vanishes as nothing", async (t) => {
    const folder = new DataDirectory(t).path;
    writeFileSync(path.join(folder, "one"), Buffer.alloc(100_000));
    const alone = (await sizeOfRun(folder)).bytes;
    linkSync(path.join(folder, "one"), path.join(folder, "two"));
    const { bytes, shared } = await sizeOfRun(folder);
    assert.equal(bytes, alone);
    assert.equal(shared.size, 1);
    assert.deepEqual(await sizeOfRun(path.join(folder, "nowhere")), { bytes: 0, shared: new Map() });
  });
});

/** A data directory that goes with the test. */
class DataDirectory {
  readonly path: string;

  constructor(t: TestContext) {
    this.path = mkdtempSync(path.join(tmpdir(), "m1p-remove-"));
    t.after(() => rmSync(this.path, { recursive: true, force: true }));
  }

  directory(runId: string): string {
    return runDirectory(this.path, runId);
  }

  ids(): string[] {
    return listRuns(this.path)
      .map(({ runId }) => runId)
      .sort();
  }

  async run(runId: string, events: readonly RunEvent[] = [], ageDays = 1): Promise<void> {
    const clock = new VirtualClock(START - ageDays * DAY);
    const log = SqliteLog.create({ directory: this.directory(runId), runId, clock });
    await (await log.acquire("run")).append([started(runId), ...events]);
    await log.close();
  }
}

function ended(runId: string, effects?: EventOf<"run-finished">["effects"]): [EventOf<"run-finished">] {
  return [finished(runId, effects)];
}
