import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { settingsOf, type SettingFlags, type Settings } from "../../../../src/cli/flags/settings.ts";

interface Place {
  readonly flags?: SettingFlags;
  readonly environment?: Readonly<Record<string, string>>;
  /** What `m1p.config.mjs` exports. */
  readonly configuration?: object;
}

interface Read {
  readonly settings: Settings;
  readonly file: string;
}

/** What holds in a folder of its own. */
async function settings(t: TestContext, { flags = {}, environment = {}, configuration }: Place): Promise<Read> {
  const directory = mkdtempSync(path.join(tmpdir(), "m1p-settings-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, "m1p.config.mjs");
  if (configuration) writeFileSync(file, `export default ${JSON.stringify(configuration)};`);
  const quiet = { write: () => undefined };
  const terminal = { stdout: quiet, stderr: quiet, color: false, columns: undefined, environment, directory };
  return { settings: await settingsOf(flags, terminal), file };
}

const flags = { model: "openai/flag" };
const environment = { M1P_MODEL: "openai/environment" };
const configuration = { model: "openai/file" };

test("the model of a flag wins over all others", async (t) => {
  const read = await settings(t, { flags, environment, configuration });
  assert.deepEqual(read.settings.model, { value: "openai/flag", source: "flag" });
});

test("without a flag M1P_MODEL wins over the configuration file", async (t) => {
  const read = await settings(t, { environment, configuration });
  assert.deepEqual(read.settings.model, { value: "openai/environment", source: "M1P_MODEL" });
});

test("without both the configuration file's model holds, and the file is named", async (t) => {
  const read = await settings(t, { configuration });
  assert.deepEqual(read.settings.model, { value: "openai/file", source: read.file });
  assert.equal(read.settings.configurationFile, read.file);
});

test("an empty M1P_MODEL is none", async (t) => {
  const read = await settings(t, { environment: { M1P_MODEL: "" }, configuration });
  assert.deepEqual(read.settings.model, { value: "openai/file", source: read.file });
});

test("several models of the configuration file are a list as -m takes it", async (t) => {
  const read = await settings(t, { configuration: { model: ["openai/one", "openai/two"] } });
  assert.equal(read.settings.model.value, "openai/one,openai/two");
});

test("without anything the defaults hold, and are told as such", async (t) => {
  const { settings: held } = await settings(t, {});
  assert.deepEqual(held.model, { value: undefined, source: "default" });
  assert.deepEqual(held.teams, { value: 3, source: "default" });
  assert.deepEqual(held.policy, { value: "first-answer", source: "default" });
  for (const name of ["maxTurns", "temperature", "budgetUsd", "budgetTokens", "deadlineMs"] as const)
    assert.deepEqual(held[name], { value: undefined, source: "default" }, name);
  assert.equal(held.dataDir.source, "default");
  assert.equal(held.configurationFile, undefined);
});

const EVERYTHING = {
  teams: 5,
  policy: "all",
  maxTurns: 7,
  temperature: 0,
  budget: { usd: 2, tokens: 1000 },
  deadlineMs: 60_000,
  python: { packages: ["networkx"] },
};

test("every setting of the configuration file holds where no flag is given", async (t) => {
  const { settings: held, file } = await settings(t, { configuration: EVERYTHING });
  const { teams, policy, maxTurns, temperature, budgetUsd, budgetTokens, deadlineMs, pythonPackages } = held;
  const read = { teams, policy, maxTurns, temperature, budgetUsd, budgetTokens, deadlineMs, pythonPackages };
  const values = [5, "all", 7, 0, 2, 1000, 60_000, ["networkx"]];
  assert.deepEqual(
    Object.values(read),
    values.map((value) => ({ value, source: file })),
  );
});

test("each flag wins over the configuration file, also where it is 0, and over that alone", async (t) => {
  const given = { teams: 2, policy: "first-finisher", temperature: 0, deadline: 500, budgetUsd: 1 };
  const read = await settings(t, { flags: given, configuration: { ...EVERYTHING, temperature: 1 } });
  const { teams, policy, temperature, deadlineMs, budgetUsd, budgetTokens, maxTurns } = read.settings;
  assert.deepEqual(
    [teams, policy, temperature, deadlineMs, budgetUsd],
    [2, "first-finisher", 0, 500, 1].map((value) => ({ value, source: "flag" })),
  );
  assert.deepEqual([budgetTokens.source, maxTurns.source], [read.file, read.file]);
});

test("the data directory: flag over M1P_DATA_DIR over the configuration file", async (t) => {
  const file = { dataDir: "/of/the/file" };
  const variable = { M1P_DATA_DIR: "/of/the/environment" };
  const all = await settings(t, { flags: { dataDir: "/of/the/flag" }, environment: variable, configuration: file });
  assert.deepEqual(all.settings.dataDir, { value: "/of/the/flag", source: "flag" });
  const two = await settings(t, { environment: variable, configuration: file });
  assert.deepEqual(two.settings.dataDir, { value: "/of/the/environment", source: "M1P_DATA_DIR" });
  const one = await settings(t, { configuration: file });
  assert.deepEqual(one.settings.dataDir, { value: "/of/the/file", source: one.file });
});

test("a configuration file that says something unknown is told by name, not passed over", async (t) => {
  await assert.rejects(
    settings(t, { configuration: { modle: "openai/file" } }),
    (error) => error instanceof UsageError && error.code === "config-broken" && error.message.includes("modle"),
  );
});
