import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { main } from "../../../../src/cli/main.ts";
import { loadConfiguration } from "../../../../src/run/configuration/load-configuration.ts";

const NOBODY = { OLLAMA_HOST: "http://127.0.0.1:9" };

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-init-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function init(directory: string, environment: NodeJS.ProcessEnv, ...flags: string[]) {
  let [stdout, stderr] = ["", ""];
  const exitCode = await main(["init", ...flags], {
    stdout: { write: (text) => void (stdout += text) },
    stderr: { write: (text) => void (stderr += text) },
    color: false,
    columns: undefined,
    environment: { ...NOBODY, M1P_CACHE_DIR: path.join(directory, "no-weights"), ...environment },
    directory,
  });
  return { exitCode, stdout, stderr };
}

test("init writes a configuration that loads, with the model of the key that is there and never the key", async (t) => {
  const directory = folderOf(t);
  const { exitCode, stdout } = await init(directory, { ANTHROPIC_API_KEY: "sk-secret-key" });
  assert.equal(exitCode, 0);
  assert.match(stdout, /Its model is anthropic\/claude-sonnet-5\. The environment has ANTHROPIC_API_KEY\./);
  const text = readFileSync(path.join(directory, "m1p.config.ts"), "utf8");
  assert.ok(!text.includes("sk-secret-key"));
  const { configuration } = await loadConfiguration(directory);
  assert.deepEqual(configuration, { model: "anthropic/claude-sonnet-5", teams: 3 });
  assert.deepEqual(readdirSync(directory), ["m1p.config.ts"]);
});

test("each setting that stands behind // is right as it stands there", async (t) => {
  const directory = folderOf(t);
  await init(directory, {});
  const file = path.join(directory, "m1p.config.ts");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replaceAll(/^ {2}\/\/ (\w+: .*,)$/gm, "  $1"));
  const { configuration } = await loadConfiguration(directory);
  const named = text.matchAll(/^ {2}(?:\/\/ )?(\w+): .*,$/gm);
  const all = [...named].map(([, name = ""]) => name);
  assert.deepEqual(Object.keys(configuration).sort(), all.sort());
  assert.deepEqual(all.length, 16, "every setting is there");
});

test("where there is no model none is named, and it is said how to have one", async (t) => {
  const directory = folderOf(t);
  const { exitCode, stdout } = await init(directory, {});
  assert.equal(exitCode, 0);
  assert.match(stdout, /No model was found/);
  assert.equal((await loadConfiguration(directory)).configuration.model, undefined);
});

for (const name of ["m1p.config.ts", "m1p.config.mjs"]) {
  test(`${name} is not written over without --force`, async (t) => {
    const directory = folderOf(t);
    writeFileSync(path.join(directory, name), "export default { teams: 7 };");
    const refused = await init(directory, {});
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, new RegExp(`There is ${name} in .* nothing was written`));
    assert.match(readFileSync(path.join(directory, name), "utf8"), /teams: 7/);
    assert.equal((await init(directory, {}, "--force")).exitCode, 0);
    assert.match(readFileSync(path.join(directory, "m1p.config.ts"), "utf8"), /defineConfig/);
  });
}

test("a folder that cannot be written is told as such", async (t) => {
  const directory = path.join(folderOf(t), "gone");
  const { exitCode, stderr } = await init(directory, {});
  assert.equal(exitCode, 2);
  assert.match(stderr, /m1p\.config\.ts cannot be written/);
  assert.ok(!existsSync(directory));
});

test("it says where an editor finds the types", async (t) => {
  const directory = folderOf(t);
  assert.match((await init(directory, {})).stdout, /npm install --save-dev m1-parallel/);
  const installed = path.join(directory, "node_modules/m1-parallel");
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(installed, "package.json"), "{}");
  assert.match((await init(directory, {}, "--force")).stdout, /has its types from the m1-parallel that is installed/);
});
