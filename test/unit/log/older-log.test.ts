import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { FORMAT_VERSION } from "../../../src/events/run-event.ts";
import { verifyChain } from "../../../src/log/chain.ts";
import { EventVersions } from "../../../src/log/event-versions.ts";
import { listRuns } from "../../../src/log/list-runs.ts";
import type { SqliteLog } from "../../../src/log/sqlite-log.ts";
import { resumed, spoke, texts } from "../../contract/run-log-events.ts";
import { goldenLogs, unpackGolden } from "../../golden/golden-log.ts";
import { RunFolder } from "./run-folder.ts";

/** A run of version 1 that was killed. */
const killed = goldenLogs().filter((golden) => golden.version === 1)[1];
assert.ok(killed);
const LENGTH = 47;

function olderRun(t: TestContext): { folder: RunFolder; open: (readOnly?: boolean) => SqliteLog } {
  assert.ok(killed);
  const folder = new RunFolder(t, killed.runId);
  unpackGolden(killed, folder.dataDirectory);
  return { folder, open: (readOnly = false) => folder.open({ readOnly }) };
}

suite("a run of an older version that is resumed", () => {
  test("L5: takes no event of today's before one that declares the version", async (t) => {
    const { folder, open } = olderRun(t);
    const log = open();
    const writer = await log.acquire("run");
    await assert.rejects(writer.append([spoke("of which version?")]), {
      code: "log-older",
      message: /was written by an older m1-parallel\.$/,
    });
    await assert.rejects(writer.append([spoke("first"), resumed()]), { code: "log-older" });
    await assert.rejects(writer.append([resumed(1)]), { code: "log-older" });
    assert.equal(log.head().seq, LENGTH);
    assert.equal(version(folder), 1, "a log that was only opened is as it was");
    await writer.append([]);
    await writer.append([resumed(), spoke("on")]);
    await (await log.acquire("team-1")).append([spoke("and on")]);
    assert.deepEqual(texts(log.read(LENGTH + 1)), ["run-resumed", "on", "and on"]);
    assert.equal(verifyChain(log.runId, folder.rows()).intact, true);
  });

  test("L5: is a newer log from then on, which the older version refuses before it reads an event", async (t) => {
    const { folder, open } = olderRun(t);
    const log = open();
    await (await log.acquire("run")).append([resumed()]);
    assert.equal(version(folder), FORMAT_VERSION);
    assert.equal(listRuns(folder.dataDirectory)[0]?.problem, undefined);
  });

  test("L5: can be read from any event on, by whoever had it open before", async (t) => {
    const { open } = olderRun(t);
    const reader = open(true);
    const before = [...reader.read()];
    const log = open();
    const writer = await log.acquire("run");
    await writer.append([resumed()]);
    await writer.append([resumed(), spoke("a"), spoke("b")]);
    const whole = [...reader.read()];
    assert.deepEqual(whole.slice(0, LENGTH), before);
    assert.equal(whole.length, LENGTH + 4);
    for (let from = 1; from <= whole.length + 1; from += 1)
      assert.deepEqual([...reader.read(from)], whole.slice(from - 1), `from ${from}`);
  });

  test("L5: a refused commit leaves the version as it was", async (t) => {
    const { folder, open } = olderRun(t);
    const log = open();
    const writer = await log.acquire("run");
    folder.sql((database) =>
      database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END`),
    );
    await assert.rejects(writer.append([resumed()]), { code: "log-disk" });
    folder.sql((database) => database.exec("DROP TRIGGER refuse"));
    assert.equal(version(folder), 1);
    await assert.rejects(writer.append([spoke("a")]), { code: "log-older" });
    await writer.append([resumed(), spoke("a")]);
    assert.equal(version(folder), FORMAT_VERSION);
  });
});

test("L5: which version each event is in is said by the starts and resumes before it", () => {
  const declares = new Map([[1, 1], [4, 2], [300, 2], [700, 5]]); // prettier-ignore
  let pages = 0;
  const versions = new EventVersions({
    ...nothing,
    version: () => 5,
    page: (from, limit) => {
      pages += 1;
      return Array.from({ length: Math.min(limit, 801 - from) }, (_, index) => row(from + index, declares));
    },
  });
  const of = (seq: number) => versions.before(seq + 1);
  assert.deepEqual([1, 2, 3, 4, 5, 299, 300, 699, 700, 701, 800].map(of), [1, 1, 1, 2, 2, 2, 2, 2, 5, 5, 5]);
  const before = pages;
  assert.deepEqual([2, 4, 700, 800].map(of), [1, 2, 5, 5]);
  assert.equal(pages, before, "what is known is not read again");
});

const nothing = {
  transaction: () => assert.fail("nothing is written"),
  head: () => assert.fail("nobody asks"),
  text: () => undefined,
  blob: () => undefined,
  close: () => {},
};

function row(seq: number, declares: ReadonlyMap<number, number>) {
  const formatVersion = declares.get(seq);
  const event = formatVersion === undefined ? spoke("x") : { type: "run-resumed", formatVersion };
  return { seq, time: 1, scope: "run", hash: "", body: JSON.stringify(event) };
}

function version(folder: RunFolder): number {
  return folder.sql((database) => Number(database.prepare("PRAGMA user_version").get()?.["user_version"]));
}
