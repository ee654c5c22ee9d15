import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { after, suite, test, type TestContext } from "node:test";
import { m1p, m1pHere, processesRunning, temporaryFolder, type CommandRun } from "./support.ts";

const NO_MODEL = { OLLAMA_HOST: "http://127.0.0.1:9" };

/** A folder with what people get wrong in it, and a rehearsal that answers anything. */
function folderWith(t: TestContext): string {
  const folder = temporaryFolder(t);
  const replies = [
    { match: "is_request_satisfied", text: satisfied(), repeat: true },
    { text: "FINAL ANSWER: 42", repeat: true },
  ];
  writeFileSync(path.join(folder, "script.json"), JSON.stringify({ replies }));
  writeFileSync(path.join(folder, "good.csv"), "a,b\n1,2\n");
  writeFileSync(path.join(folder, "broken.json"), "{");
  mkdirSync(path.join(folder, "folder"));
  writeFileSync(path.join(folder, "huge.csv"), "");
  truncateSync(path.join(folder, "huge.csv"), 2 * 1024 ** 3);
  symlinkSync("circle", path.join(folder, "circle"));
  execFileSync("mkfifo", [path.join(folder, "pipe")]);
  return folder;
}

function satisfied(): string {
  const entry = (answer: unknown) => ({ reason: "rehearsed", answer });
  return JSON.stringify({
    is_request_satisfied: entry(true),
    is_in_loop: entry(false),
    is_progress_being_made: entry(true),
    next_speaker: entry("Coder"),
    instruction_or_question: entry("Go on."),
  });
}

/** One sentence, a hint or two below it, no stack, nothing of Node's. */
function assertSentence({ stderr }: CommandRun, told: RegExp): void {
  assert.match(stderr, told);
  assert.doesNotMatch(stderr, /^\s+at |node:internal|ENOENT|EISDIR|\[object/m);
  assert.ok(stderr.split("\n").length <= 6, stderr);
  assert.match(stderr, /^m1p: \S.*[.:)]$/m, "a sentence, with whose it is");
}

const S = ["-m", "scripted/script.json"];
/** Arguments, exit code, what is said. */
const REFUSED: readonly (readonly [what: string, args: readonly string[], told: RegExp])[] = [
  ["no task", ["solve"], /Missing required argument 'task'/],
  ["an empty task", ["solve", "", ...S], /There is no task\.\n {2}Say what is asked/],
  ["a blank task", ["solve", " \n ", ...S], /There is no task\./],
  ["two tasks", ["solve", "one", "two", ...S], /Too many arguments for 'solve'/],
  [
    "a missing file",
    ["solve", "?", ...S, "-f", "gone.csv"],
    /There is no file gone\.csv\.\n {2}Paths are looked for from/,
  ],
  ["a file without a name", ["solve", "?", ...S, "-f", ""], /A file of the task has no name\./],
  ["a folder for a file", ["solve", "?", ...S, "-f", "folder"], /folder is a folder, not a file\.\n {2}.*--workdir/],
  ["a pipe for a file", ["solve", "?", ...S, "-f", "pipe"], /pipe is no regular file\./],
  ["a link to itself", ["solve", "?", ...S, "-f", "circle"], /circle cannot be read: its links lead in a circle\./],
  ["a file of 2 GB", ["solve", "?", ...S, "-f", "huge.csv"], /huge\.csv has 2147483648 bytes; .* at most 1 GiB/],
  [
    "k=0",
    ["solve", "?", ...S, "-k", "0"],
    /'-k, --teams <number>' argument '0' is invalid\. It must be a whole number from 1\./,
  ],
  [
    "k=10,000",
    ["solve", "?", ...S, "-k", "10000"],
    /There can be no 10000 teams\.\n {2}Take a whole number from 1 to 1000\./,
  ],
  ["k=abc", ["solve", "?", ...S, "-k", "abc"], /argument 'abc' is invalid/],
  ["k=1.5", ["solve", "?", ...S, "-k", "1.5"], /argument '1\.5' is invalid/],
  [
    "no such provider",
    ["solve", "?", "-m", "opnai/gpt-5"],
    /There is no provider "opnai"\.\n {2}A model is openai\/NAME/,
  ],
  ["a model's bare name", ["solve", "?", "-m", "gpt-5"], /"gpt-5" is no model\.\n {2}A model is openai\/NAME/],
  ["no such local model", ["solve", "?", "-m", "local/nope"], /There is no local model "nope"\./],
  [
    "a provider without a key",
    ["solve", "?", "-m", "openai/gpt-5.4"],
    /openai\/gpt-5\.4 needs a key, and there is none\.\n {2}Put it into the environment variable OPENAI_API_KEY/,
  ],
  ["an address without a model", ["solve", "?", "-m", "http://localhost:8000/v1"], /the model's name is missing/],
  ["a key in an address", ["solve", "?", "-m", "http://me:secret@host/v1#m"], /an address may not hold a key/],
  ["a script that is none", ["solve", "?", "-m", "scripted/broken.json"], /The script broken\.json can't be used/],
  ["an unknown policy", ["solve", "?", ...S, "--policy", "best"], /There is no policy "best"\.\n {2}Take one of/],
  [
    "an unknown mode",
    ["solve", "?", ...S, "--orchestrator", "boss"],
    /There is no orchestrator mode "boss"\.\n {2}Take one of/,
  ],
  ["a deadline in words", ["solve", "?", ...S, "--deadline", "soon"], /"soon" is no duration\.\n {2}Write it like 90s/],
  ["a budget below 0", ["solve", "?", ...S, "--budget-usd", "-1"], /It must be a number above 0\./],
  ["a temperature of 3", ["solve", "?", ...S, "--temperature", "3"], /It must be a number from 0 to 2\./],
  ["an unknown option", ["solve", "?", ...S, "--wat"], /Unknown option '--wat'/],
  ["an unknown command", ["slove", "?"], /Unknown command 'slove'/],
  ["commands and a number of teams", ["solve", "?", "--team", "true", "-k", "3"], /--team and -k do not go together/],
  [
    "a line-up and a number of teams",
    ["solve", "?", ...S, "--line-up", "a", "-k", "3"],
    /--line-up and -k do not go together/,
  ],
  [
    "a line-up without a configuration",
    ["solve", "?", ...S, "--line-up", "a"],
    /There is no line-up "a"\.\n {2}.*m1p init/,
  ],
  ["a command that is not there", ["solve", "?", "--team", "no-such-program {task}"], /there is no such program/],
  ["no such folder", ["solve", "?", ...S, "--workdir", "gone"], /There is no folder/],
  ["a run that is not there", ["resume", "nope"], /There is no run "nope" in .*\n {2}m1p runs lists them\./],
  ["a run that is not there, shown", ["show", "nope"], /There is no run "nope"/],
  ["a question that nobody asks", ["approve", "nope"], /asks the question "nope"/],
];

suite("bad input: a sentence, exit 2, and nothing is left", () => {
  // Paths of files go by the process's own folder.
  const outside = process.cwd();
  after(() => process.chdir(outside));
  for (const [what, args, told] of REFUSED) {
    test(`${what} is refused`, async (t) => {
      const directory = folderWith(t);
      const dataDir = path.join(temporaryFolder(t), "data");
      process.chdir(directory);
      const run = await m1pHere(t, args, { directory, dataDir });
      assert.equal(run.exitCode, 2, run.stderr);
      assert.equal(run.stdout, "");
      assertSentence(run, told);
      const kept = existsSync(path.join(dataDir, "runs")) ? readdirSync(path.join(dataDir, "runs")) : [];
      assert.deepEqual(kept, [], "no run was begun");
    });
  }
});

test("no model at all: how to have one, exit 2", async (t) => {
  const environment = { ...NO_MODEL, M1P_CACHE_DIR: temporaryFolder(t) };
  const run = await m1p(t, ["solve", "?"], { environment });
  assert.equal(run.exitCode, 2);
  assertSentence(run, /There is no model to run the teams on\.\n {2}Put a key into OPENAI_API_KEY/);
});

test("a wrong key: each team says so at once, no retry, exit 3, and the key is not shown", async (t) => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(401, { "content-type": "application/json" });
    response.end('{"error":{"message":"Incorrect API key provided."}}');
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const environment = { [`M1P_KEY_127_0_0_1_${port}`]: "sk-very-secret" };
  const run = await m1p(t, ["solve", "?", "-k", "2", "-m", `http://127.0.0.1:${port}/v1#m`], { environment });
  assert.equal(run.exitCode, 3, run.stderr);
  assert.ok(asked <= 4, `nobody insists: ${asked} requests of two teams`);
  assert.match(run.stdout, /^No answer \(failed\)\..*answered HTTP 401: Incorrect API key provided\./);
  assert.match(run.stdout, /M1P_KEY_127_0_0_1_\d+/, "which key it was");
  assert.ok(!`${run.stdout}${run.stderr}`.includes("sk-very-secret"));
});

for (const [what, place, told] of [
  [
    "that is a file",
    (folder: string) => path.join(folder, "good.csv"),
    /good\.csv is a file\.\n {2}Name another place/,
  ],
  ["below a file", (folder: string) => path.join(folder, "good.csv/data"), /good\.csv is a file\./],
  ["where nobody can make one", () => "/proc/m1p-data", /Runs cannot be kept in \/proc\/m1p-data/],
] as const) {
  test(`a data directory ${what}: exit 2`, async (t) => {
    const directory = folderWith(t);
    const run = await m1p(t, ["solve", "?", ...S], { directory, dataDir: place(directory) });
    assert.equal(run.exitCode, 2, run.stderr);
    assertSentence(run, told);
  });
}

test("a damaged data directory: whole runs are listed and run all the same, a broken one says what it is", async (t) => {
  const directory = folderWith(t);
  const dataDir = temporaryFolder(t);
  const garbage = path.join(dataDir, "runs", "0199-garbage");
  mkdirSync(garbage, { recursive: true });
  writeFileSync(path.join(garbage, "log.db"), "this is no database");
  writeFileSync(path.join(dataDir, "runs", "a-file"), "what is this?");
  const run = await m1p(t, ["solve", "?", ...S, "-k", "1"], { directory, dataDir });
  assert.equal(run.exitCode, 0, run.stderr);
  const list = await m1pHere(t, ["runs"], { dataDir });
  assert.equal(list.exitCode, 0);
  assert.match(list.stdout, /0199-garbage .*unreadable .*file is damaged/);
  assert.match(list.stdout, /answered/);
  const show = await m1pHere(t, ["show", "0199-garbage"], { dataDir });
  assert.equal(show.exitCode, 1);
  assertSentence(
    show,
    /cannot be opened, since the file is damaged: .*\n {2}Restore the run's folder from a copy, or remove it\./,
  );
  assert.ok(existsSync(path.join(garbage, "log.db")), "nothing is thrown away");
});

test("a terminal of 20 columns, and a task with a NUL: a run like any other, and nothing is left running", async (t) => {
  const directory = folderWith(t);
  const mark = `only-here-${process.pid}`;
  const narrow = await m1p(t, ["solve", mark, ...S, "-k", "2"], { directory, environment: { COLUMNS: "20" } });
  assert.equal(narrow.exitCode, 0, narrow.stderr);
  assert.match(narrow.stdout, /^42\n/);
  const script = `scripted/${path.join(directory, "script.json")}`;
  const nul = await m1pHere(t, ["solve", "a\0b", "-m", script, "-k", "1"], { directory });
  assert.equal(nul.exitCode, 0, nul.stderr);
  assert.ok(!nul.stderr.includes("\0"), "no control character reaches the screen");
  assert.deepEqual(processesRunning(mark), []);
});

test("1,000 teams are not too many: all of them run to the end", { timeout: 180_000 }, async (t) => {
  const directory = folderWith(t);
  const run = await m1p(t, ["solve", "?", ...S, "-k", "1000", "--json"], { directory });
  assert.equal(run.exitCode, 0, run.stderr);
  const last = run.events.at(-1);
  assert.ok(last?.type === "run-finished");
  assert.deepEqual([last.answer, last.teams.length], ["42", 1000]);
});
