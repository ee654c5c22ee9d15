import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { planRace } from "../../../../src/run/opening/race-plan.ts";
import { openToolKit } from "../../../../src/run/opening/tool-kit.ts";
import { defineTool } from "../../../../src/tools/tool.ts";

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

const command = (text: string) => ({ ...description(["command"]), kind: "command", options: { command: text } });

test("a team's command that cannot be run is told before anything begins", async () => {
  const refused = [
    [" ", "command-empty", /is empty/],
    ["codex exec '{task}", "command-syntax", /cannot read the command .*(unterminated|unexpected EOF)/i],
    ["no-such-agent exec {task}", "command-missing", /begins with no-such-agent, and there is no such program/],
  ] as const;
  for (const [text, code, message] of refused)
    await assert.rejects(openToolKit(site, programs(false), [command(text)]), { code, message });
});

test("what only the shell knows of a command's beginning is left to the shell", async () => {
  const kept = [
    "./agents/fix.sh {task}",
    "A=1 no-such-agent",
    "(cd x; y {task})",
    "if true; then x; fi",
    '"$AGENT" {task}',
  ];
  for (const text of kept) {
    const toolKit = await openToolKit(site, programs(false), [command(text)]);
    assert.equal(toolKit.toolsOf(["command"]).length, 1);
  }
});

test("a tool of one's own takes nobody's place, not even one that no team has", async () => {
  for (const names of [["read-file"], ["terminal"], ["command"], ["tickets", "tickets"]])
    await assert.rejects(openToolKit({ ...site, tools: names.map(own) }, programs(false), [description([])]), {
      code: "tool-twice",
    });
});
