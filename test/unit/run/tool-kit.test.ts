import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { planRace } from "../../../src/run/race-plan.ts";
import { openToolKit } from "../../../src/run/tool-kit.ts";
import { defineTool } from "../../../src/tools/tool.ts";

const description = (tools: readonly string[]) => ({ team: "team-1", kind: "function", models: [], tools: [...tools] });
const environment = { PATH: process.env["PATH"], M1P_CACHE_DIR: "/nonexistent" };
const site = planRace({ task: "?", teams: [], environment });
const programs = (unsafeHostExec: boolean) => ({ unsafeHostExec, pythonPackages: ["sympy"] });

test("without the teams' Python no program of theirs is run, in a sandbox or outside: it says what makes it", async () => {
  for (const unsafe of [false, true])
    await assert.rejects(openToolKit(site, programs(unsafe), [description(["terminal"])]), {
      code: "python-environment-missing",
      message: /numpy, pandas, scipy, sympy/,
      hint: /m1p setup.*npm run setup/,
    });
});

test("teams that run no programs need no Python", async () => {
  const toolKit = await openToolKit(site, programs(false), [description(["read-file"])]);
  assert.equal(toolKit.toolsOf(["read-file"]).length, 1);
});

const own = (name: string) =>
  defineTool({
    name,
    description: "Does something of the person's own.",
    parameters: z.object({}),
    declare: () => ({ effect: "read", egress: [] }),
    call: async () => ({ text: "done", facts: {} }),
  });

test("a team has the person's own tools by their names", async () => {
  const toolKit = await openToolKit({ ...site, tools: [own("tickets")] }, programs(false), [description(["tickets"])]);
  assert.deepEqual(
    toolKit.toolsOf(["tickets"]).map((tool) => tool.name),
    ["tickets"],
  );
  assert.equal(toolKit.tool("tickets")?.name, "tickets");
  assert.equal(toolKit.tool("orders"), undefined);
});

test("a tool of one's own takes nobody's place, not even one that no team has", async () => {
  for (const names of [["read-file"], ["terminal"], ["tickets", "tickets"]])
    await assert.rejects(openToolKit({ ...site, tools: names.map(own) }, programs(false), [description([])]), {
      code: "tool-twice",
    });
});
