import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { ownPartsOf } from "../../../../src/run/configuration/configuration.ts";
import { loadConfiguration } from "../../../../src/run/configuration/load-configuration.ts";

function folderWith(t: TestContext, text: string, name = "m1p.config.ts"): string {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-config-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, name), text);
  return folder;
}

/** What is told of a configuration, without the file's folder. */
async function problemOf(t: TestContext, text: string): Promise<string> {
  const folder = folderWith(t, text);
  try {
    await loadConfiguration(folder);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    assert.equal(error.code, "config-broken");
    return `${error.message.replaceAll(`${folder}${path.sep}`, "")}\n${error.hint}`;
  }
  return "nothing";
}

const BROKEN: readonly (readonly [string, string, RegExp])[] = [
  ["a syntax error", "export default {", /^m1p\.config\.ts cannot be used\. It cannot be run: /],
  [
    "a throw",
    "\n\nthrow new Error('no budget today');",
    /It cannot be run: no budget today \(line 3\)\nIt must export/,
  ],
  [
    "an import that is not there",
    'import "./gone.ts"; export default {};',
    /It cannot be run: Cannot find module .*gone\.ts/,
  ],
  ["no export", "const teams = 3;", /It exports no configuration\.\nIt must export it: export default defineConfig/],
  ["a string", "export default 'three';", /the configuration: invalid input: expected object/],
  ["an unknown setting", "export default { modle: 'x' };", /\n {2}the configuration: there is no setting "modle" here/],
  [
    "a word for a number",
    "export default { teams: 'three' };",
    /\n {2}teams: must be a whole number, or a list of teams/,
  ],
  ["no team", "export default { teams: 0 };", /\n {2}teams: must be at least 1/],
  ["too many", "export default { teams: 10_000 };", /\n {2}teams: must be at most 1000/],
  ["a budget in words", "export default { budget: { usd: '2' } };", /\n {2}budget\.usd: .*expected number/],
  [
    "a wrong key of a team",
    "export default { teams: [{}, { temprature: 1 }] };",
    /\n {2}teams\[1\]: there is no setting "temprature" here/,
  ],
  [
    "a wrong value of a line-up",
    "export default { lineUps: { a: [{ times: 0 }] } };",
    /\n {2}lineUps\.a\[0\]\.times: /,
  ],
  ["an unknown mode", "export default { teams: [{ mode: 'rulez' }] };", /\n {2}teams\[0\]\.mode: .*"rules"/],
  [
    "a command that is none",
    "export default { teams: [{ command: 7 }] };",
    /\n {2}teams\[0\]\.command: .*expected string/,
  ],
  [
    "an agent nobody knows",
    "export default { agents: ['Codre'] };",
    /\n {2}agents\[0\]: must be an agent that defineAgent made, or one of "Coder", "ComputerTerminal", "FileSurfer"/,
  ],
  ["a tool that is none", "export default { tools: [{}] };", /\n {2}tools\[0\]: must be what defineTool made/],
];
for (const [what, text, told] of BROKEN)
  test(`${what} is told with the file, the setting and what is allowed`, async (t) =>
    assert.match(await problemOf(t, text), told));

test("several problems are told at once", async (t) => {
  const told = await problemOf(t, "export default { teams: 0, policy: 1, budget: { eur: 2 } };");
  assert.equal(told.split("\n").length, 5);
});

test("m1-parallel and zod are there for a configuration in a folder without packages, and its tools are ours", async (t) => {
  const folder = folderWith(
    t,
    `import { defineAgent, defineConfig, defineTool, functionTeam } from "m1-parallel";
     import { z } from "zod";
     const look = defineTool({ name: "look", description: "Looks.", parameters: z.object({}),
       declare: () => ({ effect: "read", egress: [] }), call: async () => ({ text: "seen", facts: {} }) });
     const seer = defineAgent({ name: "Seer", description: "Sees.", tools: ["look"], act: async () => "seen" });
     export default defineConfig({ tools: [look], lineUps: { own: [{ agents: ["Coder", seer] }, functionTeam("mine", async () => "4")] } });`,
  );
  const { configuration, file } = await loadConfiguration(folder);
  assert.equal(file, path.join(folder, "m1p.config.ts"));
  const { tools, agents, ownTeams } = ownPartsOf(configuration);
  assert.deepEqual(
    [tools.map(({ name }) => name), agents.map(({ name }) => name), ownTeams.length],
    [["look"], ["Seer"], 1],
  );
});
