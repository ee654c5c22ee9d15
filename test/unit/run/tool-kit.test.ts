import assert from "node:assert/strict";
import { test } from "node:test";
import { planRace } from "../../../src/run/race-plan.ts";
import { openToolKit } from "../../../src/run/tool-kit.ts";

const description = (tools: readonly string[]) => ({ team: "team-1", kind: "function", models: [], tools: [...tools] });
const plan = (unsafeHostExec: boolean) =>
  planRace({
    task: "?",
    teams: [],
    unsafeHostExec,
    pythonPackages: ["sympy"],
    environment: { PATH: process.env["PATH"], M1P_CACHE_DIR: "/nonexistent" },
  });

test("without the teams' Python no program of theirs is run, in a sandbox or outside: it says what makes it", async () => {
  for (const unsafe of [false, true])
    await assert.rejects(openToolKit(plan(unsafe), [description(["terminal"])]), {
      code: "python-environment-missing",
      message: /numpy, pandas, scipy, sympy/,
      hint: /m1p setup.*npm run setup/,
    });
});

test("teams that run no programs need no Python", async () => {
  const toolKit = await openToolKit(plan(false), [description(["read-file"])]);
  assert.equal(toolKit.toolsOf(["read-file"]).length, 1);
});
