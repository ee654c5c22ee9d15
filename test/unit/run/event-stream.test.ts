import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoggedEvent } from "../../../src/events/run-event.ts";
import { EventStream } from "../../../src/run/event-stream.ts";

const event = (seq: number): LoggedEvent => ({ type: "team-launched", team: "team-1", seq, time: seq, scope: "run" });

test("a reader gets what came before it, what comes after, and the end", async () => {
  const stream = new EventStream();
  stream.push(event(1));
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { seq } of stream) seen.push(seq);
  })();
  stream.push(event(2));
  await Promise.resolve();
  stream.push(event(3));
  stream.end();
  await reading;
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a failure reaches the reader behind all events", async () => {
  const stream = new EventStream();
  stream.push(event(1));
  stream.end(new Error("the log failed"));
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const { seq } of stream) seen.push(seq);
  }, /the log failed/);
  assert.deepEqual(seen, [1]);
});
