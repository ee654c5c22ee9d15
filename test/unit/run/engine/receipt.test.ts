import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../../../src/events/run-event.ts";
import { ReceiptFold } from "../../../../src/run/engine/receipt.ts";
import { recorded, started } from "../../cli/replay/recorded.ts";

const verdict: Verdict = {
  outcome: "cancelled",
  answer: null,
  why: "It was cancelled.",
  winner: null,
  findings: null,
  latencyMs: 2_000,
};

test("a wall clock that was set back during the run makes no team's time negative", () => {
  const events = recorded(
    started,
    { type: "team-launched", team: "team-1" },
    { type: "cancel-requested", reason: "it was cancelled" },
  );
  const fold = new ReceiptFold();
  for (const event of events) fold.apply(event);
  const receipt = fold.finish("run-1", verdict, { quietMs: 0, stillAlive: [] }, "none");
  assert.deepEqual(
    receipt.teams.map(({ ms }) => ms),
    [1_000, 2_000],
  );
});
