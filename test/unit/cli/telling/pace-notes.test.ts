import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { PaceNotes } from "../../../../src/cli/telling/pace-notes.ts";

const waits = (waitMs: number, team = "team-1") =>
  ({ type: "call-paced", key: `${team}/Coder/3`, provider: "openai", waitMs }) as const;

test("a wait for a provider is told in words, a short one not, and a team's not again and again", async () => {
  const clock = new VirtualClock();
  const notes = new PaceNotes(clock);
  assert.equal(notes.take(waits(900)), undefined);
  assert.equal(notes.take(waits(12_000)), "waits for the rate limit of openai (12 s)");
  assert.equal(notes.take(waits(12_000)), undefined);
  assert.equal(notes.take(waits(400_000, "team-2")), "waits for the rate limit of openai (7 min)");
  await clock.advance(20_000);
  assert.equal(notes.take(waits(0)), "waits for a free place at openai");
  assert.equal(notes.take({ type: "text-streamed", key: "team-1/Coder/3", text: "a" }), undefined);
});
