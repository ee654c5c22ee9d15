import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import fc from "fast-check";
import { realClock, type Clock } from "../../src/base/clock.ts";
import { M1Error } from "../../src/base/errors.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { runEventSchema, type LoggedEvent, type RunEvent } from "../../src/events/run-event.ts";
import { emptyHead } from "../../src/log/chain.ts";
import { MemoryLog } from "../../src/log/memory-log.ts";
import { LogFenced, type RunLog } from "../../src/log/run-log.ts";
import { SqliteLog } from "../../src/log/sqlite-log.ts";
import { called, spoke, started, texts } from "./run-log-events.ts";

const RUN = "0199-run";

type NewLog = (t: TestContext, clock?: Clock) => RunLog;

const stores: Record<string, NewLog> = {
  MemoryLog: (_t, clock) => new MemoryLog({ runId: RUN, clock: clock ?? realClock }),
  SqliteLog: (t, clock) => {
    const directory = mkdtempSync(join(tmpdir(), "m1-log-"));
    const log = SqliteLog.create({ directory: join(directory, RUN), runId: RUN, clock: clock ?? realClock });
    t.after(async () => {
      await log.close();
      rmSync(directory, { recursive: true });
    });
    return log;
  },
};

for (const [name, newLog] of Object.entries(stores)) suite(`RunLog contract: ${name}`, () => contract(newLog));

function contract(newLog: NewLog): void {
  orderAndReading(newLog);
  time(newLog);
  fencing(newLog);
  subscribing(newLog);
  contents(newLog);
  blobs(newLog);
  closing(newLog);
}

function orderAndReading(newLog: NewLog): void {
  test("L1: an append resolves to its events in their place: number, time and scope", async (t) => {
    const clock = new VirtualClock(5000);
    const log = newLog(t, clock);
    const writer = await log.acquire("team-1");
    assert.equal(writer.scope, "team-1");
    const logged = await writer.append([spoke("a"), spoke("b")]);
    await clock.advance(10);
    const [later] = await writer.append([spoke("c")]);
    assert.deepEqual(logged, [
      { ...spoke("a"), seq: 1, time: 5000, scope: "team-1" },
      { ...spoke("b"), seq: 2, time: 5000, scope: "team-1" },
    ]);
    assert.equal(later?.time, 5010);
    assert.deepEqual([...log.read()], [...logged, later]);
  });

  test("L1: concurrent appends of many scopes are numbered without gaps, each writer's in its order", async (t) => {
    const log = newLog(t);
    const writers = await Promise.all(["run", "team-1", "team-2", "team-3"].map((scope) => log.acquire(scope)));
    const appended = await Promise.all(
      writers.flatMap((writer) =>
        Array.from({ length: 50 }, (_, index) => writer.append([spoke(`${index}a`), spoke(`${index}b`)])),
      ),
    );
    const events = [...log.read()];
    assert.deepEqual(
      events.map((event) => event.seq),
      Array.from({ length: 400 }, (_, index) => index + 1),
    );
    for (const pair of appended) assert.equal(pair[0]?.seq, (pair[1]?.seq ?? 0) - 1);
    const expected = Array.from({ length: 50 }, (_, index) => [`${index}a`, `${index}b`]).flat();
    for (const { scope } of writers) assert.deepEqual(texts(events.filter((event) => event.scope === scope)), expected);
  });

  test("L1: an append that must first store large texts keeps its place before its writer's later ones", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("team-1");
    const large = "x".repeat(300 * 1024);
    const appends = [
      writer.append([spoke("first")]),
      writer.append([spoke(large)]),
      writer.append([spoke("third")]),
      writer.append([spoke(`${large}y`)]),
      writer.append([spoke("fifth")]),
    ];
    await Promise.all(appends);
    assert.deepEqual(
      texts(log.read()).map((text) => text.length),
      [5, large.length, 5, large.length + 1, 5],
    );
  });

  test("reading begins where it is asked to, and sees what was appended meanwhile", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("run");
    await writer.append(Array.from({ length: 300 }, (_, index) => spoke(String(index + 1))));
    assert.deepEqual(texts(log.read(299)), ["299", "300"]);
    assert.deepEqual(texts(log.read(301)), []);
    assert.deepEqual(texts(log.read(400)), []);
    const reading = log.read(300)[Symbol.iterator]();
    reading.next();
    await writer.append([spoke("301")]);
    const next = reading.next();
    assert.equal(next.done ? undefined : next.value.seq, 301);
  });

  test("L3: the head names the newest event and changes with every append", async (t) => {
    const log = newLog(t);
    assert.deepEqual(log.head(), emptyHead(RUN));
    const writer = await log.acquire("run");
    assert.deepEqual(log.head(), emptyHead(RUN), "taking a scope is no event");
    const hashes = new Set<string>();
    for (let seq = 1; seq <= 3; seq += 1) {
      await writer.append([spoke("same")]);
      assert.equal(log.head().seq, seq);
      assert.match(log.head().hash, /^[0-9a-f]{64}$/);
      hashes.add(log.head().hash);
    }
    assert.equal(hashes.size, 3);
  });

  test("an append of nothing changes nothing", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("run");
    assert.deepEqual(await writer.append([]), []);
    assert.deepEqual(log.head(), emptyHead(RUN));
  });
}

function time(newLog: NewLog): void {
  test("time never goes back: after the wall clock was set back it goes on by the monotonic one", async (t) => {
    const clock = new SettableClock(10_000);
    const writer = await newLog(t, clock).acquire("run");
    const stamp = async () => (await writer.append([spoke("x")]))[0]?.time;
    assert.equal(await stamp(), 10_000);
    clock.wall = 4_000;
    assert.equal(await stamp(), 10_000);
    clock.pass(250.75);
    assert.equal(await stamp(), 10_250);
    clock.pass(250.75);
    assert.equal(await stamp(), 10_501, "fractions are not lost");
    clock.pass(5_498);
    assert.equal(await stamp(), 15_999);
    clock.wall = 20_000;
    assert.equal(await stamp(), 20_000, "once it has caught up, the wall clock's time is taken");
    clock.wall = 90_000;
    assert.equal(await stamp(), 90_000);
    clock.wall = 30_000;
    assert.equal(await stamp(), 90_000);
  });

  test("time is the wall clock's to the millisecond as long as that is right", async (t) => {
    const clock = new SettableClock(1_000.6);
    const writer = await newLog(t, clock).acquire("run");
    for (let passed = 0; passed < 200; passed += 1) {
      clock.pass(0.37);
      assert.equal((await writer.append([spoke("x")]))[0]?.time, clock.now());
    }
  });

  test("time never goes back, whatever the clocks do", async (t) => {
    const clock = new SettableClock(50_000);
    const log = newLog(t, clock);
    const writer = await log.acquire("run");
    const set = fc.record({ wall: fc.integer({ min: 0, max: 100_000 }) });
    const pass = fc.record({ pass: fc.double({ min: 0, max: 5_000, noNaN: true }) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(set, pass), { maxLength: 20 }), async (acts) => {
        for (const act of acts) {
          if ("wall" in act) clock.wall = act.wall;
          else clock.pass(act.pass);
          await writer.append([spoke("x")]);
        }
      }),
    );
    const times = [...log.read()].map((event) => event.time);
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
    );
    assert.ok(times.every(Number.isInteger));
  });
}

/** A clock whose hands somebody moves; its wall shows whole milliseconds, as the system's does. */
class SettableClock extends VirtualClock {
  wall: number;
  #monotonic = 7;

  constructor(wall: number) {
    super();
    this.wall = wall;
  }

  override now(): number {
    return Math.floor(this.wall);
  }

  override monotonic(): number {
    return this.#monotonic;
  }

  pass(milliseconds: number): void {
    this.wall += milliseconds;
    this.#monotonic += milliseconds;
  }
}

function fencing(newLog: NewLog): void {
  test("L1: a writer whose scope was acquired again is fenced; the new one writes", async (t) => {
    const log = newLog(t);
    const stale = await log.acquire("team-1");
    await stale.append([spoke("old")]);
    const fresh = await log.acquire("team-1");
    await assert.rejects(stale.append([spoke("too late")]), LogFenced);
    await fresh.append([spoke("new")]);
    assert.deepEqual(texts(log.read()), ["old", "new"]);
  });

  test("L1: a stale append fails alone; others of its batch and other scopes are stored", async (t) => {
    const log = newLog(t);
    const stale = await log.acquire("team-1");
    const fresh = await log.acquire("team-1");
    const other = await log.acquire("team-2");
    const results = await Promise.allSettled([
      other.append([spoke("a")]),
      stale.append([spoke("never"), spoke("never")]),
      fresh.append([spoke("b")]),
      other.append([spoke("c")]),
    ]);
    assert.deepEqual(results.map(fate), ["stored", "log-fenced", "stored", "stored"]);
    assert.deepEqual(texts(log.read()), ["a", "b", "c"]);
    assert.deepEqual(
      [...log.read()].map((event) => event.seq),
      [1, 2, 3],
    );
  });

  test("L1: an append under way when its scope is taken over is still stored, one after it is not", async (t) => {
    const log = newLog(t);
    const first = await log.acquire("run");
    const before = first.append([spoke("before")]);
    const taken = log.acquire("run");
    const after = first.append([spoke("after")]);
    await before;
    await assert.rejects(after, LogFenced);
    await (await taken).append([spoke("new")]);
    assert.deepEqual(texts(log.read()), ["before", "new"]);
  });
}

function subscribing(newLog: NewLog): void {
  test("listeners get every event in log order, and only those appended since", async (t) => {
    const log = newLog(t);
    const writers = [await log.acquire("team-1"), await log.acquire("team-2")];
    await writers[0]?.append([spoke("before")]);
    const heard: LoggedEvent[] = [];
    log.subscribe((event) => heard.push(event));
    await Promise.all(writers.flatMap((writer) => Array.from({ length: 40 }, () => writer.append([spoke("x")]))));
    assert.deepEqual(heard, [...log.read(2)]);
    assert.equal(heard.length, 80);
  });

  test("L2: a listener hears an event only when it can be read from the log", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("run");
    const heads: number[] = [];
    log.subscribe((event) => heads.push(log.head().seq - event.seq));
    await writer.append([spoke("a")]);
    await writer.append([spoke("b")]);
    assert.deepEqual(heads, [0, 0]);
  });

  test("a listener that throws is reported, and neither the log nor other listeners suffer", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("run");
    const heard: number[] = [];
    log.subscribe(() => {
      throw new M1Error("test", "listener broke");
    });
    log.subscribe((event) => heard.push(event.seq));
    const warn = t.mock.method(process, "emitWarning", () => {});
    await writer.append([spoke("a"), spoke("b")]);
    await writer.append([spoke("c")]);
    assert.equal(warn.mock.callCount(), 3);
    assert.match(String(warn.mock.calls[0]?.arguments[0]), /listener broke/);
    assert.deepEqual(heard, [1, 2, 3]);
  });

  test("a listener that unsubscribes hears no more, and may do so, or append, while it listens", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("run");
    const heard: number[] = [];
    const followUp = Promise.withResolvers<unknown>();
    const stop = log.subscribe((event) => {
      heard.push(event.seq);
      stop();
      writer.append([spoke("by the listener")]).then(followUp.resolve, followUp.reject);
    });
    await writer.append([spoke("a"), spoke("b")]);
    await followUp.promise;
    assert.deepEqual(heard, [1]);
    assert.deepEqual(texts(log.read()), ["a", "b", "by the listener"]);
  });
}

function contents(newLog: NewLog): void {
  test("L4: what is read equals what was appended, whatever the data looks like", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("team-1");
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 4 }), async (events) => {
        const from = log.head().seq + 1;
        const expected = structuredClone(events).map((event, index) => ({ ...event, seq: from + index }));
        await writer.append(events);
        const read = [...log.read(from)].map(({ time: _time, scope: _scope, ...event }) => event);
        assert.deepStrictEqual(read, expected);
      }),
      { numRuns: 150 },
    );
  });

  test("changing an event after it was appended does not reach the log", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("run");
    const event = called({ list: ["a"] });
    const appended = writer.append([event]);
    if (event.step.kind === "tool") event.step.arguments["list"] = "changed";
    await appended;
    const [read] = [...log.read()] as { step: { arguments: unknown } }[];
    assert.deepEqual(read?.step.arguments, { list: ["a"] });
  });

  test("an event that JSON cannot hold fails its own append with a sentence", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("run");
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const results = await Promise.allSettled([
      writer.append([spoke("a")]),
      writer.append([spoke("lost"), called({ big: 1n })]),
      writer.append([called(cycle)]),
      writer.append([spoke("b")]),
    ]);
    assert.deepEqual(results.map(fate), ["stored", "event-unwritable", "event-unwritable", "stored"]);
    assert.deepEqual(texts(log.read()), ["a", "b"]);
  });
}

function blobs(newLog: NewLog): void {
  test("L4: blobs are named by their content and come back whole", async (t) => {
    const { blobs } = newLog(t);
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const id = await blobs.put(bytes);
    assert.equal(id, createHash("sha256").update(bytes).digest("hex"));
    assert.deepEqual(Buffer.from(await blobs.get(id)), Buffer.from(bytes));
    assert.equal(await blobs.put(new Uint8Array(0)), createHash("sha256").digest("hex"));
  });

  test("L4: the same bytes put many times at once are one blob", async (t) => {
    const { blobs } = newLog(t);
    const ids = await Promise.all(Array.from({ length: 20 }, () => blobs.put(Buffer.from("same"))));
    assert.equal(new Set(ids).size, 1);
  });

  test("a blob that is not there, or is no blob's name, is missing", async (t) => {
    const { blobs } = newLog(t);
    const file = openFile(t);
    for (const id of ["0".repeat(64), "../../etc/passwd", ""]) {
      await assert.rejects(blobs.get(id), { code: "blob-missing" });
      await assert.rejects(piecesOf(blobs.stream(id)), { code: "blob-missing" });
      await assert.rejects(blobs.copyTo(id, file), { code: "blob-missing" });
    }
  });

  for (const size of [0, 5000, 300_000, 5 * 1024 ** 2 + 17]) {
    test(`L4: a file of ${size} bytes is stored, read in pieces and copied out whole`, async (t) => {
      const { blobs } = newLog(t);
      // Two MiB of zeros in the middle of the largest: holes must come back as zeros.
      const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, index) => index % 253));
      bytes.subarray(1024 ** 2, 3 * 1024 ** 2).fill(0);
      const source = openFile(t);
      writeSync(source, bytes);
      const id = createHash("sha256").update(bytes).digest("hex");
      assert.deepEqual(await blobs.putFile(source), { id, bytes: size });
      assert.deepEqual(await blobs.putFile(source), { id, bytes: size }, "again: the same");
      assert.ok(Buffer.from(await blobs.get(id)).equals(bytes));
      assert.ok(Buffer.concat(await piecesOf(blobs.stream(id))).equals(bytes));
      const copy = openFile(t);
      await blobs.copyTo(id, copy);
      assert.equal(fstatSync(copy).size, size);
      const copied = Buffer.alloc(size);
      if (size > 0) readSync(copy, copied, 0, size, 0);
      assert.ok(copied.equals(bytes));
    });
  }

  test("L4: many blobs are made durable together", async (t) => {
    const { blobs } = newLog(t);
    const batch = blobs.batch();
    const source = openFile(t);
    writeSync(source, "of a file");
    const ids = await Promise.all(Array.from({ length: 50 }, (_, index) => batch.put(Buffer.from(`${index % 40}`))));
    const file = await batch.putFile(source);
    await batch.commit();
    assert.equal(new Set(ids).size, 40);
    for (const [index, id] of ids.entries()) assert.equal(Buffer.from(await blobs.get(id)).toString(), `${index % 40}`);
    assert.equal(Buffer.from(await blobs.get(file.id)).toString(), "of a file");
  });
}

function closing(newLog: NewLog): void {
  test("closing waits for what was appended, refuses what comes later, and may be done twice", async (t) => {
    const log = newLog(t);
    const writer = await log.acquire("run");
    const large = writer.append([spoke("x".repeat(300 * 1024))]);
    const small = writer.append([spoke("y")]);
    const closed = log.close();
    await assert.rejects(writer.append([spoke("late")]), { code: "log-closed" });
    await assert.rejects(log.acquire("team-1"), { code: "log-closed" });
    await closed;
    assert.equal((await large)[0]?.seq, 1);
    assert.equal((await small)[0]?.seq, 2);
    await log.close();
    assert.throws(() => [...log.read()], { code: "log-closed" });
    assert.throws(() => log.head(), { code: "log-closed" });
  });
}

function fate(result: PromiseSettledResult<unknown>): string {
  return result.status === "fulfilled" ? "stored" : (result.reason as M1Error).code;
}

const hostileKey = fc.constantFrom("$text", "$$text", "$$$text", "text", "$ref", "__proto__", "toJSON", "constructor");
const hash = fc.constantFrom("a".repeat(64), `blob:${"b".repeat(64)}`, "");
const longText = fc
  .tuple(fc.string({ unit: "binary", maxLength: 20 }), fc.integer({ min: 200, max: 900 }))
  .map(([piece, length]) => `${piece}\u0000\ufeff-`.repeat(Math.ceil(length / (piece.length + 3))));
const loneSurrogate = fc.constant(`${"x".repeat(300)}\ud800${"y".repeat(300)}`);
const text = fc.oneof(fc.string({ unit: "binary" }), longText, loneSurrogate, hash, hostileKey);

const json = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, fc.jsonValue(), text, tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  object: fc
    .array(fc.tuple(fc.oneof(hostileKey, fc.string()), tie("value")), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries)),
}));

/** Arbitrary events as they come out of JSON, so that only what JSON itself changes (`-0`) is left out. */
const anyEvent = fc
  .oneof(
    text.map((content) => spoke(content)),
    text.map((prompt) => started(RUN, prompt)),
    json.object.map((args) => called(args as Record<string, unknown>)),
  )
  .map((event) => JSON.parse(JSON.stringify(event)) as RunEvent)
  .filter((event) => runEventSchema.safeParse(event).success);

/** An empty file, open for both, that is gone with the test. */
function openFile(t: TestContext): number {
  const directory = mkdtempSync(join(tmpdir(), "m1-file-"));
  const descriptor = openSync(join(directory, "file"), "w+");
  t.after(() => {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  });
  return descriptor;
}

async function piecesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(Uint8Array.from(piece));
  return pieces;
}
