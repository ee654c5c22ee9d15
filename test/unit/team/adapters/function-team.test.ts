import assert from "node:assert/strict";
import { test } from "node:test";
import { functionTeam } from "../../../../src/team/adapters/function-team.ts";
import { TASK } from "../support/play-team.ts";
import { ScriptedSteps } from "../support/scripted-steps.ts";

const context = {
  team: "team-1",
  task: TASK,
  steps: new ScriptedSteps({ replies: {} }).context(),
  abilities: undefined,
};

test("a function is a team: its text is the answer", async () => {
  const team = functionTeam("oracle", async ({ task }) => `${task.prompt.length}`);
  assert.deepEqual(await team.solve(context), {
    outcome: "answered",
    answer: "28",
    findings: "28",
    reason: "oracle answered.",
    turns: 0,
  });
  assert.equal(team.model, "none");
  assert.deepEqual(team.describe("team-1", undefined, undefined), {
    team: "team-1",
    kind: "oracle",
    models: [],
    tools: [],
  });
});

test("R2: a function may give up, with what it found", async () => {
  const gaveUp = { outcome: "gave-up", findings: "a trace", reason: "no way", turns: 2 } as const;
  assert.equal(await functionTeam("oracle", async () => gaveUp).solve(context), gaveUp);
});

test("a function may use a model and tools, and says which", () => {
  const team = functionTeam("oracle", async () => "", { model: "default", tools: ["terminal"] });
  assert.equal(team.model, "default");
  assert.deepEqual(team.describe("team-1", "a/b", undefined), {
    team: "team-1",
    kind: "oracle",
    models: ["a/b"],
    tools: ["terminal"],
  });
});
