import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import type { RunEvent } from "../../../../src/events/run-event.ts";
import { SqliteLog } from "../../../../src/log/sqlite-log.ts";
import { EventStream } from "../../../../src/run/engine/event-stream.ts";

const event = (team: number): RunEvent => ({ type: "team-launched", team: `team-${team}` });

async function openStream(t: TestContext) {
  const directory = mkdtempSync(path.join(tmpdir(), "m1p-stream-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const options = { directory, runId: "run", clock: new VirtualClock() };
  const log = SqliteLog.create(options);
  const stream = new EventStream(() => SqliteLog.open({ ...options, readOnly: true }));
  stream.follow(log);
  const writer = await log.acquire("run");
  return { log, stream, append: (team: number) => writer.append([event(team)]) };
}

async function seqsOf(stream: EventStream): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of stream) seqs.push(seq);
  return seqs;
}

test("two readers each get every event: what came before them, what comes after, and the end", async (t) => {
  const { log, stream, append } = await openStream(t);
  await append(1);
  const [early, late] = [seqsOf(stream), seqsOf(stream)];
  await append(2);
  await append(3);
  stream.end();
  assert.deepEqual(await early, [1, 2, 3]);
  assert.deepEqual(await late, [1, 2, 3]);
  await log.close();
});

test("a reader that comes after the log was closed gets every event", async (t) => {
  const { log, stream, append } = await openStream(t);
  await append(1);
  await append(2);
  await log.close();
  stream.end();
  assert.deepEqual(await seqsOf(stream), [1, 2]);
});

test("a reader that is slow when the log is closed goes on where it was", async (t) => {
  const { log, stream, append } = await openStream(t);
  for (const team of [1, 2, 3]) await append(team);
  const seqs: number[] = [];
  for await (const { seq } of stream) {
    seqs.push(seq);
    if (seq !== 1) continue;
    await log.close();
    stream.end();
  }
  assert.deepEqual(seqs, [1, 2, 3]);
});

test("a reader that leaves loses nothing for the next one", async (t) => {
  const { log, stream, append } = await openStream(t);
  await append(1);
  await append(2);
  for await (const { seq } of stream) if (seq === 1) break;
  stream.end();
  assert.deepEqual(await seqsOf(stream), [1, 2]);
  await log.close();
});

test("a failure reaches the reader behind all events", async (t) => {
  const { log, stream, append } = await openStream(t);
  await append(1);
  stream.end(new Error("the log failed"));
  const seqs: number[] = [];
  await assert.rejects(async () => {
    for await (const { seq } of stream) seqs.push(seq);
  }, /the log failed/);
  assert.deepEqual(seqs, [1]);
  await log.close();
});

test("of a log that has events already, a reader gets those too, also where none comes any more", async (t) => {
  const { log, append } = await openStream(t);
  await append(1);
  await append(2);
  const going = new EventStream(() => assert.fail("the log is open"));
  going.follow(log);
  const read = seqsOf(going);
  await append(3);
  going.end();
  assert.deepEqual(await read, [1, 2, 3]);
  const over = new EventStream(() => assert.fail("the log is open"));
  over.follow(log);
  over.end();
  assert.deepEqual(await seqsOf(over), [1, 2, 3]);
  await log.close();
});

test("what a reader knows already is skipped", async (t) => {
  const { log, append } = await openStream(t);
  await append(1);
  await append(2);
  const stream = new EventStream(() => assert.fail("the log is open"));
  const read = seqsOf(stream);
  stream.follow(log);
  stream.skip(2);
  await append(3);
  stream.end();
  assert.deepEqual(await read, [3]);
  await log.close();
});
