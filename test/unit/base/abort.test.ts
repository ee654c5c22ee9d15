import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { abortable, CancelScope } from "../../../src/base/abort.ts";
import { sleep } from "../../../src/base/clock.ts";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";

test("cancelling a scope reaches all below it, with its reason, and nothing beside it", () => {
  const root = new CancelScope();
  const [left, right] = [new CancelScope(root.signal), new CancelScope(root.signal)];
  const below = new CancelScope(left.signal);
  const reason = new Error("why");
  left.cancel(reason);
  left.cancel(new Error("later"));
  assert.equal(below.signal.reason, reason);
  assert.equal(right.signal.aborted, false);
  assert.equal(root.signal.aborted, false);
});

test("a scope under a cancelled one is cancelled from the start", () => {
  const root = new CancelScope();
  root.cancel();
  assert.equal(new CancelScope(root.signal).signal.aborted, true);
});

test("disposed and cancelled scopes leave no listener", () => {
  const root = new CancelScope();
  using _ = new CancelScope(root.signal);
  const other = new CancelScope(root.signal);
  other.cancel();
  assert.equal(getEventListeners(root.signal, "abort").length, 1);
});

test("abortable lets go at once and leaves no listener, whichever comes first", async () => {
  const scope = new CancelScope();
  assert.equal(await abortable(Promise.resolve(7), scope.signal), 7);
  assert.equal(getEventListeners(scope.signal, "abort").length, 0);
  const waiting = abortable(new Promise(() => {}), scope.signal);
  scope.cancel(new Error("stop"));
  await assert.rejects(waiting, /stop/);
  // The work's own later failure belongs to nobody.
  await assert.rejects(abortable(Promise.reject(new Error("late")), scope.signal), /stop/);
});

test("an aborted sleep rejects with the reason and leaves no timer", async () => {
  const clock = new VirtualClock();
  const scope = new CancelScope();
  const asleep = sleep(clock, 1_000, scope.signal);
  scope.cancel(new Error("wake"));
  await assert.rejects(asleep, /wake/);
  assert.equal(clock.pending, 0);
});
