import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { all, continueRun, functionTeam, race, type Team } from "../../../../src/index.ts";

const proposal = { findings: "", reason: "It was computed.", turns: 1 };

/** Answers, and goes on as often as a person wants it to. */
const answering: Team = functionTeam("answering", async ({ steps, team }) => {
  for (let answer = `of ${team}`; ;) {
    const reply = await steps.propose({ answer, ...proposal });
    if (reply.kind !== "continued") return { outcome: "answered", answer, ...proposal };
    answer = `${reply.text}, ${team}`;
  }
});

const givingUp: Team = functionTeam("giving-up", () =>
  Promise.resolve({ outcome: "gave-up", findings: "", reason: "It is no use.", turns: 1 }),
);

test("a run that ended without a verdict for one team is continued by all: who had answered hears the words there", async (t) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "m1p-continue-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const teams = [answering, functionTeam("never", () => new Promise<string>(() => {}))];
  const first = race({ task: "?", teams, policy: all(), dataDir });
  for await (const event of first.events) if (event.type === "team-finished") first.cancel("it takes too long");
  assert.equal((await first.receipt).outcome, "cancelled");
  const second = continueRun({ run: first.id, message: "And twice that?", teams: [answering, givingUp], dataDir });
  const { answer, winner } = await second.result;
  assert.deepEqual([answer, winner], ["And twice that?, team-1", "team-1"]);
  await second.receipt;
});
