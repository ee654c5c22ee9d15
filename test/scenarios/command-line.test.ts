import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
  type CommandOptions,
  asleep,
  assertGone,
  m1p,
  m1pHere,
  modelsOf,
  scriptedServer,
  sleeper,
  temporaryFolder,
} from "./support.ts";

const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", latency_ms: 2 };
const ENDPOINT = "http://127.0.0.1:9/v1#anybody";
// Sleeps that no other run of this file on the same machine has.
const INTERRUPTED = `62.5${process.pid}`;
const KILLED = `63.5${process.pid}`;
const slow = { ...sim, latency_ms: 60_000 };

test("an answered run: the answer and why on standard output, whole lines of progress on the other, exit 0", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const run = await m1p(t, ["solve", "What is six times seven?", "-k", "2", "-m", modelsOf(server, "sim", 2)]);
  assert.equal(run.exitCode, 0, run.stderr);
  assert.match(run.stdout, /^42\n\nteam-\d answered first, after \d+\.\d s and \d turns?\./);
  for (const line of run.stderr.split("\n").filter(Boolean)) {
    assert.match(line, /^(race|team-\d) +\d+\.\ds {2}\S/, "each line is whole and says whose it is");
    assert.doesNotMatch(line, /^\s+at /, "no loser prints a stack");
  }
});

test("--json: one event a line, run-finished last, with the receipt", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const run = await m1p(t, [
    "solve",
    "What is six times seven?",
    "-k",
    "2",
    "-m",
    modelsOf(server, "sim", 2),
    "--json",
  ]);
  assert.equal(run.events.length, run.stdout.trimEnd().split("\n").length);
  const [first] = run.events;
  assert.equal(first?.type, "run-started");
  const last = run.events.at(-1);
  assert.ok(last?.type === "run-finished");
  assert.equal(last.answer, "42");
  assert.equal(last.teams.length, 2);
  assert.equal(last.effects, "none");
  assert.ok(last.usage.calls >= 5 && last.usage.tokens > 0);
});

test("what a run was can be listed and shown afterwards", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const { dataDir } = await m1p(t, ["solve", "What is six times seven?", "-k", "1", "-m", modelsOf(server, "sim", 1)]);
  const list = await m1pHere(t, ["runs"], { dataDir });
  assert.match(list.stdout, /answered +What is six times seven\?/);
  const plain = await m1pHere(t, ["show", "last"], { dataDir });
  assert.match(
    plain.stdout,
    /^What is six times seven\?\n\n42\n\nteam-1 answered first[^]*\n✓ team-1 +\d+ .* wins: 42\n/,
  );
  const lines = await m1pHere(t, ["show", "last", "--lines"], { dataDir });
  assert.match(lines.stdout, /answers "42"/);
  const full = await m1pHere(t, ["show", "last", "--full"], { dataDir });
  assert.match(full.stdout, /GIVEN OR VERIFIED FACTS/);
  assert.match(full.stdout, /print\('step'\)/);
  const events = await m1pHere(t, ["show", "last", "--json"], { dataDir });
  assert.equal(events.events.at(-1)?.type, "run-finished");
});

test("a budget of tokens that is spent ends the race with exit 4", async (t) => {
  const server = await scriptedServer(t, { models: { sim: { ...sim, rounds: 99 } } });
  const models = modelsOf(server, "sim", 2);
  const run = await m1p(t, ["solve", "?", "-k", "2", "-m", models, "--budget-tokens", "2000", "--json"]);
  assert.equal(run.exitCode, 4, run.stderr);
  const last = run.events.at(-1);
  assert.ok(last?.type === "run-finished");
  assert.equal(last.outcome, "exhausted");
  assert.match(last.why, /the budget of 2000 tokens is spent/);
});

test("a deadline ends the race with exit 4, whatever hangs", async (t) => {
  const server = await scriptedServer(t, { models: { sim: slow } });
  const run = await m1p(t, [
    "solve",
    "?",
    "-k",
    "2",
    "-m",
    modelsOf(server, "sim", 2),
    "--deadline",
    "300ms",
    "--json",
  ]);
  assert.equal(run.exitCode, 4, run.stderr);
  assert.equal((await server.stats()).inflight, 0);
});

test("R2: no team answers: exit 3, and the findings are said to be no answer", async (t) => {
  const server = await scriptedServer(t, { models: { sim: { ...sim, rounds: 99 } } });
  const run = await m1p(t, ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1), "--max-turns", "2"]);
  assert.equal(run.exitCode, 3, run.stderr);
  assert.match(run.stdout, /^No answer \(unanswered\)\. No team answered\. team-1 reached its turn limit\./);
});

test("R3: Ctrl-C once stops cleanly, exit 5, and says how to see what was found", async (t) => {
  const server = await scriptedServer(t, { models: { sim: slow } });
  const run = await m1p(t, ["solve", "?", "-k", "2", "-m", modelsOf(server, "sim", 2), "--json"], {
    onEvent: (event, child) => {
      if (event.type === "step-started" && event.scope === "team-2") child.kill("SIGINT");
    },
  });
  assert.equal(run.exitCode, 5, run.stderr);
  assert.equal(run.events.at(-1)?.type, "run-finished");
  assert.match(run.stderr, /m1p show [0-9a-f-]+ --full/);
  assert.equal((await server.stats()).inflight, 0);
});

test("R3: a second signal ends the process at once, exit 5, and its programs with it", async (t) => {
  const dataDir = temporaryFolder(t);
  const server = await scriptedServer(t, { models: { sim: { ...sim, code: sleeper(INTERRUPTED) } } });
  const run = await m1p(t, ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1), "--json"], {
    // Both are there before the process can look: the first alone would let the race end in order.
    dataDir,
    onEvent: whenAsleep(dataDir, (child) => {
      child.kill("SIGINT");
      child.kill("SIGTERM");
    }),
  });
  assert.equal(run.exitCode, 5, run.stderr);
  assert.match(run.stderr, /Stopping all teams; once more stops at once/);
  assert.doesNotMatch(run.stderr, /\n\s+at /);
  assert.ok(!run.events.some((event) => event.type === "run-finished"), "nobody waited for the end of the race");
  await assertGone(`sleep ${INTERRUPTED}`);
  const list = await m1pHere(t, ["runs"], { dataDir });
  assert.match(list.stdout, /interrupted/);
});

test("G4: a killed m1p leaves no process of its teams behind", async (t) => {
  const dataDir = temporaryFolder(t);
  const server = await scriptedServer(t, { models: { sim: { ...sim, code: sleeper(KILLED) } } });
  const ran = await m1p(t, ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1), "--json"], {
    dataDir,
    onEvent: whenAsleep(dataDir, (child) => child.kill("SIGKILL")),
  });
  assert.equal(ran.exitCode, null);
  await assertGone(`sleep ${KILLED}`);
});

test("R3: a closed standard output stops the race cleanly, without a stack", async (t) => {
  const server = await scriptedServer(t, { models: { sim: slow } });
  const run = await m1p(t, ["solve", "?", "-k", "2", "-m", modelsOf(server, "sim", 2), "--json"], {
    onEvent: (_event, child) => void child.stdout?.destroy(),
  });
  assert.equal(run.exitCode, 5, run.stderr);
  assert.doesNotMatch(run.stderr, /\n\s+at /);
  const list = await m1pHere(t, ["runs"], { dataDir: run.dataDir });
  assert.match(list.stdout, /cancelled/);
});

test("an answer cannot steer the screen", async (t) => {
  const server = await scriptedServer(t, { models: { sim: { ...sim, answer: "4\u001b]0;mine\u0007\u001b[31m2" } } });
  const run = await m1p(t, ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1)]);
  assert.match(run.stdout, /^42\n/);
  assert.doesNotMatch(run.stdout + run.stderr, /[^\P{Cc}\n]/u);
});

for (const [name, args, message] of [
  ["no task", ["solve", "  "], /There is no task/],
  ["no team", ["solve", "?", "-k", "0"], /whole number from 1/],
  ["too many teams", ["solve", "?", "-k", "10000", "-m", "scripted/x.json"], /no 10000 teams/],
  ["an unknown provider", ["solve", "?", "-m", "nobody/model"], /no provider "nobody"/],
  ["a missing key", ["solve", "?", "-m", "openai/gpt-5"], /needs a key/],
  ["no model at all", ["solve", "?"], /There is no model/],
  ["a policy by a name that objects have", ["solve", "?", "--policy", "constructor"], /no policy "constructor"/],
  ["an unknown policy", ["solve", "?", "--policy", "best"], /no policy "best"/],
  ["a missing file", ["solve", "?", "-f", "nowhere.csv", "-m", "scripted/x.json"], /There is no file nowhere\.csv\./],
  ["an unknown run", ["show", "0123"], /no run "0123"/],
  ["a bad duration", ["solve", "?", "--deadline", "soon"], /"soon" is no duration/],
  [
    "dollars for a model of unknown price",
    ["solve", "?", "-m", ENDPOINT, "--budget-usd", "1"],
    /price of .* is unknown/,
  ],
  ["an unknown local model", ["setup", "--model", "nobody"], /There is no local model "nobody"\.\n {2}Take one of \S+/],
  ["an unknown orchestrator", ["solve", "?", "--orchestrator", "boss"], /no orchestrator mode "boss"/],
  ["an unknown option", ["solve", "?", "--fast"], /Unknown option '--fast'/],
] as const) {
  test(`bad input: ${name} is a sentence and exit 2, and nothing is begun`, async (t) => {
    const run = await m1pHere(t, args, { environment: nothingHere(temporaryFolder(t)) });
    assert.equal(run.exitCode, 2, run.stderr);
    assert.match(run.stderr, message);
    assert.doesNotMatch(run.stderr, /\n\s+at /, "no stack");
    const list = await m1pHere(t, ["runs", "--json"], { dataDir: run.dataDir });
    assert.equal(list.stdout, "");
  });
}

test("a configuration file is read, and a wrong one is told by name", async (t) => {
  const directory = temporaryFolder(t);
  writeFileSync(path.join(directory, "m1p.config.mjs"), 'export default { teams: 2, policy: "all" };');
  const run = await m1pHere(t, ["doctor"], { directory });
  assert.match(run.stdout, /teams +2 +.*m1p\.config\.mjs/);
  writeFileSync(path.join(directory, "m1p.config.mjs"), "export default { team: 2 };");
  const broken = await m1p(t, ["doctor"], { directory });
  assert.equal(broken.exitCode, 2);
  assert.match(broken.stderr, /m1p\.config\.mjs cannot be used\./);
});

test("an odd folder, an empty one and a broken log among the runs do not hide the others", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const { dataDir } = await m1pHere(t, ["solve", "six?", "-k", "1", "-m", modelsOf(server, "sim", 1)]);
  const runs = path.join(dataDir, "runs");
  for (const folder of ["notes", "broken", "folder/log.db"]) mkdirSync(path.join(runs, folder), { recursive: true });
  writeFileSync(path.join(runs, "readme.txt"), "mine");
  writeFileSync(path.join(runs, "broken", "log.db"), "no database");
  const list = await m1pHere(t, ["runs"], { dataDir });
  assert.equal(list.exitCode, 0, list.stderr);
  assert.match(list.stdout, /answered +six\?/);
  assert.match(list.stdout, /^broken .*unreadable/m);
  assert.doesNotMatch(list.stdout, /notes|readme/);
});

test("--unsafe-host-exec is said on screen, and only with it", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const args = ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1)];
  const unsafe = await m1pHere(t, [...args, "--unsafe-host-exec"]);
  assert.equal(unsafe.exitCode, 0, unsafe.stderr);
  assert.match(unsafe.stderr, /^WITHOUT A SANDBOX: the teams' code runs on this machine as you\.\n/);
  const safe = await m1pHere(t, args);
  assert.doesNotMatch(safe.stderr, /WITHOUT A SANDBOX/);
});

test("--policy first-finisher: the race ends with the first team's end, answer or not", async (t) => {
  const server = await scriptedServer(t, {
    models: { sim: { ...sim, rounds: 99, teams: { "1": { latency_ms: 60_000 } } } },
  });
  const models = modelsOf(server, "sim", 2);
  const limits = ["--max-turns", "2", "--policy", "first-finisher"];
  const run = await m1pHere(t, ["solve", "?", "-k", "2", "-m", models, ...limits, "--json"]);
  assert.equal(run.exitCode, 3, run.stderr);
  const last = run.events.at(-1);
  assert.ok(last?.type === "run-finished");
  assert.deepEqual([last.outcome, last.answer, last.winner], ["unanswered", null, null]);
  assert.match(last.why, /team-1 reached its turn limit; team-2 was still working/);
  assert.deepEqual(
    last.teams.map(({ outcome }) => outcome),
    ["turn-limit", "stopped"],
  );
  assert.equal((await server.stats()).inflight, 0);
});

test("m1p models: without keys it says what each needs, and what would make a default", async (t) => {
  const run = await m1pHere(t, ["models"], { environment: nothingHere(temporaryFolder(t)) });
  assert.equal(run.exitCode, 0, run.stderr);
  assert.match(run.stdout, /^openai\/NAME +needs OPENAI_API_KEY$/m);
  assert.match(run.stdout, /^anthropic\/NAME +needs ANTHROPIC_API_KEY$/m);
  assert.match(run.stdout, /^google\/NAME +needs GEMINI_API_KEY or GOOGLE_GENERATIVE_AI_API_KEY$/m);
  assert.match(run.stdout, /^ollama\/NAME +Ollama does not answer at http:\/\/127\.0\.0\.1:9$/m);
  assert.match(run.stdout, /^local\/NAME +no weights here yet: m1p setup fetches them$/m);
  assert.match(run.stdout, /^Without -m: nothing\. There is no model/m);
});

test("m1p models: with keys it says which are usable and which is taken, and shows no key", async (t) => {
  const keys = { ANTHROPIC_API_KEY: "sk-secret-1", GOOGLE_GENERATIVE_AI_API_KEY: "sk-secret-2" };
  const run = await m1pHere(t, ["models"], { environment: { ...nothingHere(temporaryFolder(t)), ...keys } });
  assert.match(run.stdout, /^openai\/NAME +needs OPENAI_API_KEY$/m);
  assert.match(run.stdout, /^anthropic\/NAME +usable: the environment has ANTHROPIC_API_KEY$/m);
  assert.match(run.stdout, /^google\/NAME +usable: the environment has GOOGLE_GENERATIVE_AI_API_KEY$/m);
  assert.match(run.stdout, /^Without -m: anthropic\/\S+\. The environment has ANTHROPIC_API_KEY\.$/m);
  assert.doesNotMatch(run.stdout + run.stderr, /secret/);
});

/** A machine with no weights and no Ollama. */
function nothingHere(cache: string): Record<string, string> {
  return { M1P_CACHE_DIR: cache, OLLAMA_HOST: "127.0.0.1:9" };
}

/** Acts as soon as the program of team-1, a `sleeper`, sleeps. */
function whenAsleep(dataDir: string, act: (child: ChildProcess) => void): CommandOptions["onEvent"] {
  let runId = "";
  return async (event, child) => {
    if (event.type === "run-started") runId = event.runId;
    if (event.type !== "step-started" || event.step.kind !== "tool") return;
    await asleep(path.join(dataDir, "runs", runId), "team-1");
    act(child);
  };
}
