import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { m1p, modelsOf, processesRunning, scriptedServer, temporaryFolder } from "./support.ts";

const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", latency_ms: 2 };
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
  const list = await m1p(t, ["runs"], { dataDir });
  assert.match(list.stdout, /answered +What is six times seven\?/);
  const plain = await m1p(t, ["show", "last"], { dataDir });
  assert.match(plain.stdout, /answers "42"/);
  const full = await m1p(t, ["show", "last", "--full"], { dataDir });
  assert.match(full.stdout, /GIVEN OR VERIFIED FACTS/);
  assert.match(full.stdout, /print\('step'\)/);
  const events = await m1p(t, ["show", "last", "--json"], { dataDir });
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

test("G4: a killed m1p leaves no process of its teams behind", async (t) => {
  const marker = "62.75";
  const code = `import subprocess\nprint("asleep", flush=True)\nsubprocess.run(["sleep", "${marker}"])`;
  const server = await scriptedServer(t, { models: { sim: { ...sim, code } } });
  const ran = await m1p(t, ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1), "--json"], {
    onEvent: (event, child) => {
      if (event.type !== "step-started" || event.step.kind !== "tool") return;
      whenRunning(`sleep ${marker}`, () => child.kill("SIGKILL"));
    },
  });
  assert.equal(ran.exitCode, null);
  await gone(`sleep ${marker}`);
});

test("R3: a closed standard output stops the race cleanly, without a stack", async (t) => {
  const server = await scriptedServer(t, { models: { sim: slow } });
  const run = await m1p(t, ["solve", "?", "-k", "2", "-m", modelsOf(server, "sim", 2), "--json"], {
    onEvent: (_event, child) => void child.stdout?.destroy(),
  });
  assert.equal(run.exitCode, 5, run.stderr);
  assert.doesNotMatch(run.stderr, /\n\s+at /);
  const list = await m1p(t, ["runs"], { dataDir: run.dataDir });
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
  ["a missing file", ["solve", "?", "-f", "nowhere.csv", "-m", "scripted/x.json"], /nowhere\.csv cannot be read/],
  ["an unknown run", ["show", "0123"], /no run "0123"/],
  ["a bad duration", ["solve", "?", "--deadline", "soon"], /"soon" is no duration/],
  ["an unknown option", ["solve", "?", "--fast"], /unknown option '--fast'/],
] as const) {
  test(`bad input: ${name} is a sentence and exit 2, and nothing is begun`, async (t) => {
    const run = await m1p(t, args, { environment: { M1P_CACHE_DIR: temporaryFolder(t), OLLAMA_HOST: "127.0.0.1:9" } });
    assert.equal(run.exitCode, 2, run.stderr);
    assert.match(run.stderr, message);
    assert.doesNotMatch(run.stderr, /\n\s+at /, "no stack");
    const list = await m1p(t, ["runs", "--json"], { dataDir: run.dataDir });
    assert.equal(list.stdout, "");
  });
}

test("a configuration file is read, and a wrong one is told by name", async (t) => {
  const directory = temporaryFolder(t);
  writeFileSync(path.join(directory, "m1p.config.mjs"), 'export default { teams: 2, policy: "all" };');
  const run = await m1p(t, ["doctor"], { directory });
  assert.match(run.stdout, /teams +2 +.*m1p\.config\.mjs/);
  writeFileSync(path.join(directory, "m1p.config.mjs"), "export default { team: 2 };");
  const broken = await m1p(t, ["doctor"], { directory });
  assert.equal(broken.exitCode, 2);
  assert.match(broken.stderr, /m1p\.config\.mjs cannot be used/);
});

/** Looks at the machine's processes at each turn of the event loop until one contains `text`. */
function whenRunning(text: string, act: () => void): void {
  if (processesRunning(text).length > 0) act();
  else setImmediate(() => whenRunning(text, act));
}

/** The kernel ends orphans at once, but not in our own instant. */
async function gone(text: string): Promise<void> {
  const deadline = Date.now() + 500;
  while (processesRunning(text).length > 0 && Date.now() < deadline)
    await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(processesRunning(text), []);
}
