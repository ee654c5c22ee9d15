import assert from "node:assert/strict";
import { test } from "node:test";
import { afterReadyEvents } from "../../../src/base/event-loop.ts";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";

test("the wall clock is set without moving time: no timer notices", async () => {
  const clock = new VirtualClock(1_000);
  const fired: number[] = [];
  clock.timer(500, () => fired.push(clock.monotonic()));
  clock.setWallClock(-86_400_000);
  assert.deepEqual([clock.now(), clock.monotonic()], [1_000 - 86_400_000, 1_000]);
  assert.equal(await clock.next(), true);
  assert.deepEqual([fired, clock.now()], [[1_500], 1_500 - 86_400_000]);
  assert.equal(await clock.next(), false);
});

test("between two timers all that is ready has run, also what it makes ready", async () => {
  const clock = new VirtualClock();
  const done: string[] = [];
  const hop = (left: number) => {
    if (left === 0) done.push("ready");
    else afterReadyEvents(() => hop(left - 1));
  };
  clock.timer(1, () => hop(10));
  clock.timer(2, () => done.push("later"));
  await clock.advance(2);
  assert.deepEqual(done, ["ready", "later"]);
});
