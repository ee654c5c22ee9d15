import { strict as assert } from "node:assert";
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT, runCommand } from "../../scripts/checks/command.ts";
import { startScriptedModel } from "../fixtures/scripted-model/start.ts";
import { codeBlocks, type CodeBlock } from "./support/code-blocks.ts";
import { installPackage, type InstalledPackage } from "./support/installed-package.ts";

const BLOCKS = ["README.md", ...globSync("docs/guides/*.md", { cwd: ROOT })].flatMap((file) =>
  codeBlocks(file, readFileSync(join(ROOT, file), "utf8")),
);
const PROGRAMS = BLOCKS.filter((block) => block.language === "ts");
const place = mkdtempSync(join(tmpdir(), "m1-package-"));
let installed: InstalledPackage;
before(async () => void (installed = await installPackage(place)), { timeout: 240_000 });
after(() => rmSync(place, { recursive: true }));

test("the packed package is sound: what it exports exists, and types resolve for importers of modules", async () => {
  const published = await runCommand("publint", ["run", "--strict", installed.tarball]);
  assert.ok(published.succeeded, published.output);
  const typed = await runCommand("attw", ["--profile", "esm-only", "--no-emoji", installed.tarball]);
  assert.ok(typed.succeeded, typed.output);
});

test("the package holds what was built and its papers, nothing else", () => {
  const files = globSync("**/*", { cwd: installed.root, withFileTypes: true }).filter((entry) => entry.isFile());
  const places = files.map((entry) => join(entry.parentPath, entry.name).slice(installed.root.length + 1));
  const papers = places.filter((place) => !place.startsWith("dist/")).sort();
  assert.deepEqual(papers, ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  assert.deepEqual(
    places.filter((place) => place.startsWith("dist/") && /(?<!\.d)\.ts$|\.test\./.test(place)),
    [],
  );
});

test("the installed command says its version, and on an old Node says in one sentence what it needs", async () => {
  const command = join(installed.folder, "node_modules/.bin/m1p");
  const { version } = JSON.parse(readFileSync(join(installed.root, "package.json"), "utf8")) as { version: string };
  assert.equal((await installed.run(command, ["--version"])).output.trim(), version);

  const pretence = 'Object.defineProperty(process.versions, "node", { value: "18.20.4" });';
  const old = await installed.run("node", ["--import", `data:text/javascript,${pretence}`, command, "--version"]);
  assert.equal(old.succeeded, false);
  assert.match(old.output, /^[^\n]*Node 24[^\n]*18\.20\.4[^\n]*\n$/);
});

test("the installed command has a race to show while weights come, and fetches none without what runs them", async () => {
  const reading =
    "const { readRecordedRace } = await import(process.argv[1]); console.log(readRecordedRace().at(-1).type)";
  const module = join(installed.root, "dist/cli/replay/recorded-race.js");
  assert.equal((await installed.run("node", ["-e", reading, module])).output.trim(), "run-finished");

  const setup = await installed.run(join(installed.folder, "node_modules/.bin/m1p"), ["setup"], {
    M1P_CACHE_DIR: place,
  });
  assert.equal(setup.succeeded, false);
  assert.match(setup.output, /npm install node-llama-cpp@3/);
  assert.doesNotMatch(setup.output, /Setup needs/);
});

test("every program in README and guides type-checks against the installed package", async () => {
  assert.ok(PROGRAMS.length > 0, "README shows the library");
  for (const [index, { place, code }] of PROGRAMS.entries())
    writeFileSync(join(installed.folder, `program-${index}.ts`), `// ${place}\n${code}export {};\n`);
  const checked = await installed.run("tsc", ["-p", "."]);
  assert.ok(
    checked.succeeded,
    `${checked.output}\n${PROGRAMS.map(({ place }, index) => `program-${index}: ${place}`).join("\n")}`,
  );
});

test("the programs that README names run, with a scripted model for their own", async () => {
  const named = PROGRAMS.filter((program) => nameOf(program) !== undefined);
  assert.ok(named.length > 0, "README has a program to run: ```ts name=race.ts");
  for (const file of globSync("*.csv", { cwd: join(ROOT, "examples") }))
    copyFileSync(join(ROOT, "examples", file), join(installed.folder, file));
  for (const program of named) await runProgram(program);
});

test("every npm script that README and guides name exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  const shown = BLOCKS.filter((block) => ["sh", "bash", "console"].includes(block.language));
  const named = shown.flatMap(({ code }) =>
    [...code.matchAll(/npm (?:run )?(?:-s )?(\w+)/g)].map(([, name = ""]) => name),
  );
  const known = new Set([...Object.keys(scripts), "ci", "i", "install"]);
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});

/** The file name a program goes by: ` ```ts name=race.ts `. */
function nameOf({ marks }: CodeBlock): string | undefined {
  return marks.find((mark) => mark.startsWith("name="))?.slice("name=".length);
}

async function runProgram(program: CodeBlock): Promise<void> {
  await using server = await startScriptedModel({
    models: { readme: { rounds: 1, participants: ["Coder"], answer: "southeast" } },
  });
  const file = join(installed.folder, nameOf(program) ?? "");
  writeFileSync(file, program.code);
  const environment = { MODEL: `${server.url}#readme`, M1P_DATA_DIR: join(installed.folder, "data") };
  const { succeeded, output } = await installed.run("node", [file], environment);
  assert.ok(succeeded, `${program.place}:\n${output}`);
  assert.match(output, /southeast/, `${program.place} prints the answer`);
}
