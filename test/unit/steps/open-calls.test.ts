import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenCalls } from "../../../src/steps/open-calls.ts";

test("a team is held where every call of it waits, or stands behind one that does", async () => {
  const calls = new OpenCalls();
  const [asked, behind, acts] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const waiting = new Set(["asked"]);
  assert.equal(calls.areHeldBy(waiting), false, "it asks nothing, so it works");
  void calls.follow("asked", asked?.promise ?? Promise.resolve());
  assert.equal(calls.areHeldBy(waiting), true);
  assert.equal(calls.areHeldBy(new Set()), false);
  calls.queues("behind");
  void calls.follow("behind", behind?.promise ?? Promise.resolve());
  assert.equal(calls.areHeldBy(waiting), true);
  void calls.follow("acts", acts?.promise ?? Promise.resolve());
  assert.equal(calls.areHeldBy(waiting), false);
  acts?.resolve();
  await acts?.promise;
  assert.equal(calls.areHeldBy(waiting), true, "one that came back is no more");
  calls.acts("behind");
  assert.equal(calls.areHeldBy(waiting), false);
});
