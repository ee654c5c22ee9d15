import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoggedEvent } from "../../../src/events/run-event.ts";
import { PastRoom } from "../../../src/steps/past-room.ts";
import { TeamPast } from "../../../src/steps/team-past.ts";

function ended(seq: number, text: string): LoggedEvent {
  const result = { text, facts: {} };
  const key = `team-1/${seq}`;
  return {
    type: "step-finished",
    status: "succeeded",
    key,
    result,
    attempts: 1,
    durationMs: 0,
    seq,
    time: 0,
    scope: "team-1",
  };
}

test("S1: what is given back first is held from the one reading, the rest by its number, over all teams together", () => {
  const room = new PastRoom(2_000);
  const [one, other] = [new TeamPast(room), new TeamPast(room)];
  one.apply(ended(1, "x".repeat(1_000)));
  other.apply(ended(2, "short"));
  one.apply(ended(3, "x".repeat(1_000)));
  other.apply(ended(4, "short"));
  const held = ({ releases }: TeamPast) => releases.flatMap(({ events }) => events.map((each) => typeof each));
  assert.deepEqual(
    [held(one), held(other)],
    [
      ["object", "number"],
      ["object", "number"],
    ],
  );
});
