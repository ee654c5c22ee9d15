import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { CancelScope } from "../../../../src/base/abort.ts";
import { Cancelled } from "../../../../src/base/errors.ts";
import { SequencePool } from "../../../../src/model/providers/local-sequences.ts";
import { WorkQueue } from "../../../../src/model/providers/local-queue.ts";

const { signal } = new CancelScope();

test("the free sequence that holds most of the prompt's beginning is given, among equals the one unused for longest", async () => {
  const [a, b, c] = [{ contextTokens: [1, 2, 9] }, { contextTokens: [1, 2, 3, 9] }, { contextTokens: [7] }];
  const pool = new SequencePool([a, b, c]);
  assert.equal(await pool.acquire(1, [1, 2, 3, 4], signal), b);
  assert.equal(await pool.acquire(1, [1, 2, 3, 4], signal), a);
  assert.equal(await pool.acquire(1, [5], signal), c);
  pool.release(c);
  pool.release(a);
  assert.equal(await pool.acquire(1, [5], signal), a, "c was used last");
});

test("calls that wait are served by asker in turn, in order of arrival within one", async () => {
  const only = { contextTokens: [] };
  const pool = new SequencePool([only]);
  const served: string[] = [];
  await pool.acquire(1, [], signal);
  const calls = [
    [1, "1a"],
    [1, "1b"],
    [1, "1c"],
    [2, "2a"],
    [2, "2b"],
    [3, "3a"],
  ] as const;
  const all = calls.map(async ([asker, name]) => {
    const sequence = await pool.acquire(asker, [], signal);
    served.push(name);
    pool.release(sequence);
  });
  pool.release(only);
  await Promise.all(all);
  assert.deepEqual(served, ["2a", "3a", "1a", "2b", "1b", "1c"]);
});

test("an abort leaves the queue, and a call that was served leaves no listener", async () => {
  const only = { contextTokens: [] };
  const pool = new SequencePool([only]);
  await pool.acquire(1, [], signal);
  const [left, stays] = [new CancelScope(), new CancelScope()];
  const reason = new Cancelled("race-decided", "Another team won.");
  const leaving = assert.rejects(pool.acquire(2, [], left.signal), (error) => error === reason);
  const staying = pool.acquire(3, [], stays.signal);
  left.cancel(reason);
  await leaving;
  pool.release(only);
  assert.equal(await staying, only);
  assert.equal(getEventListeners(stays.signal, "abort").length, 0);
  await assert.rejects(pool.acquire(2, [], left.signal), (error) => error === reason);
});

test("a sequence can't be given back twice", async () => {
  const only = { contextTokens: [] };
  const pool = new SequencePool([only]);
  pool.release(await pool.acquire(1, [], signal));
  assert.throws(() => pool.release(only), { code: "sequence-not-held" });
});

test("queue: one piece of work at a time, in order; a fault or an abort lets the next go on", async () => {
  const queue = new WorkQueue();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const scope = new CancelScope();
  const reason = new Cancelled("race-decided", "Another team won.");
  const work = (name: string, until: Promise<void>) => async () => {
    order.push(name);
    await until;
    order.push(`${name} done`);
  };
  const all = [
    queue.take(work("a", first.promise), signal),
    assert.rejects(queue.take(work("b", Promise.resolve()), scope.signal), (error) => error === reason),
    assert.rejects(
      queue.take(() => Promise.reject(new Error("broken")), signal),
      /broken/,
    ),
    queue.take(work("d", Promise.resolve()), signal),
  ];
  scope.cancel(reason);
  first.resolve();
  await Promise.all(all);
  assert.deepEqual(order, ["a", "a done", "d", "d done"]);
});
