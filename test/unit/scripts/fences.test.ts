import { strict as assert } from "node:assert";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { ROOT, runCommand } from "../../../scripts/checks/command.ts";
import { CRUISER } from "../../../scripts/checks/checks.ts";

/** A project of the given sources under this project's own rules. */
function project(context: TestContext, sources: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "m1-fences-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const file of [".oxlintrc.json", ".dependency-cruiser.mjs", "tsconfig.json", "package.json"])
    copyFileSync(join(ROOT, file), join(folder, file));
  for (const name of ["node_modules", "scripts"]) symlinkSync(join(ROOT, name), join(folder, name));
  for (const [file, source] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  return folder;
}

async function lint(context: TestContext, sources: Readonly<Record<string, string>>): Promise<string> {
  return (await runCommand("oxlint", ["-f", "unix", "src"], { cwd: project(context, sources) })).output;
}

async function layers(context: TestContext, sources: Readonly<Record<string, string>>): Promise<string> {
  const cwd = project(context, sources);
  return (await runCommand(process.execPath, [...CRUISER, "src", "--output-type", "err"], { cwd })).output;
}

const AMBIENT = `
export const now = Date.now() + new Date().getTime() + performance.now();
export const chance = [Math.random(), crypto.randomUUID()];
setTimeout(() => undefined, 1);
setImmediate(() => undefined);
`;

test("time, timers and chance are for src/base alone", async (context) => {
  const found = await lint(context, { "src/run/ambient.ts": AMBIENT, "src/base/ambient.ts": AMBIENT });
  const lines = found.split("\n").filter((line) => line.startsWith("src/"));
  assert.equal(lines.length, 7, found);
  assert.ok(lines.every((line) => line.startsWith("src/run/")));
});

test("a bare error, any, a detached promise and an unexplained exception are found", async (context) => {
  const source = `
export const loose = (value: any): unknown => value;
export function late(list: string[]): string {
  Promise.resolve(1);
  // oxlint-disable-next-line typescript/no-non-null-assertion
  const first = list[0]!;
  if (first === "") throw new Error("no");
  return first;
}
`;
  const found = await lint(context, { "src/run/loose.ts": source });
  for (const rule of ["no-explicit-any", "no-floating-promises", "no-bare-error", "reasoned-disable"])
    assert.match(found, new RegExp(rule));
});

test("an import against the order of the rooms is found, of types too", async (context) => {
  const found = await layers(context, {
    "src/base/low.ts": 'import type { High } from "../race/high.ts";\nexport type Low = High;\n',
    "src/race/high.ts": "export type High = 1;\n",
    "src/run/good.ts": 'import type { High } from "../race/high.ts";\nexport type Good = High;\n',
  });
  assert.match(found, /layer-base: src\/base\/low.ts → src\/race\/high.ts/);
  assert.doesNotMatch(found, /good/);
});

test("S2: team code has no other way to files, processes, time, chance or the log than its step context", async (context) => {
  const found = await layers(context, {
    "src/base/clock.ts": "export const realClock = 1;\n",
    "src/base/random.ts": "export const jitter = 1;\n",
    "src/base/errors.ts": "export const code = 1;\n",
    "src/log/some-log.ts": "export const log = 1;\n",
    "src/team/files.ts": 'import fs from "node:fs";\nexport const files = fs;\n',
    "src/team/time.ts": 'import { realClock } from "../base/clock.ts";\nexport const time = realClock;\n',
    "src/team/chance.ts": 'import { jitter } from "../base/random.ts";\nexport const chance = jitter;\n',
    "src/team/logged.ts": 'import { log } from "../log/some-log.ts";\nexport const logged = log;\n',
    "src/team/fine.ts": 'import { code } from "../base/errors.ts";\nexport const fine = code;\n',
  });
  for (const name of ["files", "time", "chance", "logged"]) assert.match(found, new RegExp(`src/team/${name}\\.ts`));
  assert.doesNotMatch(found, /fine\.ts/);
});

test("S2: team code asks no network by itself", async (context) => {
  const source = 'export const asked = fetch("http://127.0.0.1/");\n';
  const found = await lint(context, { "src/team/asks.ts": source, "src/model/asks.ts": source });
  const lines = found.split("\n").filter((line) => line.includes("fetch"));
  assert.ok(lines.length > 0 && lines.every((line) => line.startsWith("src/team/")), found);
});

test("a team may know a tool's type, never a tool, and no provider at all", async (context) => {
  const found = await layers(context, {
    "src/tools/tool.ts": "export interface Shape { a: 1 }\nexport const tool = 1;\n",
    "src/model/providers/some.ts": "export interface Some { a: 1 }\n",
    "src/team/typed.ts": 'import type { Shape } from "../tools/tool.ts";\nexport type T = Shape;\n',
    "src/team/called.ts": 'import { tool } from "../tools/tool.ts";\nexport const called = tool;\n',
    "src/team/bound.ts": 'import type { Some } from "../model/providers/some.ts";\nexport type B = Some;\n',
  });
  assert.match(found, /team-reaches-out-by-steps-only: src\/team\/called.ts/);
  assert.match(found, /team-knows-no-provider: src\/team\/bound.ts/);
  assert.doesNotMatch(found, /typed\.ts/);
});

test("a cycle, an unknown room and input or output in the race are found", async (context) => {
  const found = await layers(context, {
    "src/log/one.ts": 'import { two } from "./two.ts";\nexport const one = (): number => two;\n',
    "src/log/two.ts": 'import { one } from "./one.ts";\nexport const two = one();\n',
    "src/utils/thing.ts": "export const thing = 1;\n",
    "src/run/user.ts": 'import { thing } from "../utils/thing.ts";\nexport const user = thing;\n',
    "src/race/reading.ts": 'import { readFileSync } from "node:fs";\nexport const reading = readFileSync;\n',
  });
  for (const rule of ["no-cycles", "known-rooms", "pure-rooms"]) assert.match(found, new RegExp(rule));
});
