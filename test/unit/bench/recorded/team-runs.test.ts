import assert from "node:assert/strict";
import { test } from "node:test";
import { teamRunsOf } from "../../../../src/bench/recorded/team-runs.ts";
import { readRecordedRace } from "../../../../src/cli/replay/recorded-race.ts";
import type { EventOf } from "../../../../src/events/run-event.ts";

test("a race's log says of each team how it ended, after how long, and what it used; losers are cut off", () => {
  const events = readRecordedRace();
  const receipt = events.at(-1) as EventOf<"run-finished">;
  const runs = teamRunsOf(events);
  assert.deepEqual(
    runs.map(({ team }) => team),
    receipt.teams.map(({ team }) => team),
  );
  const winner = runs.find(({ team }) => team === receipt.winner);
  assert.equal(winner?.outcome, "answered");
  assert.equal(winner.answer, receipt.answer);
  for (const [index, { promptTokens, outputTokens, ms, outcome, team, mode }] of runs.entries()) {
    assert.equal(promptTokens + outputTokens, receipt.teams[index]?.usage.tokens);
    assert.equal(ms, receipt.teams[index]?.ms);
    assert.equal(mode, receipt.teams[index]?.mode);
    if (team !== receipt.winner) assert.equal(outcome, "cut-off");
  }
});
