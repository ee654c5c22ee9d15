import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Evaluation } from "../../../../src/bench/index.ts";
import { main } from "../../../../src/cli/main.ts";
import type { LoggedEvent, RunEvent } from "../../../../src/events/run-event.ts";
import { m1pHere, temporaryFolder } from "../../../scenarios/support.ts";

const RUNS = fileURLToPath(new URL("../../../fixtures/recorded-runs/runs.jsonl", import.meta.url));
const LONG = "first-judged:patience=0.5:judge=gpt5";
const evaluating = (t: TestContext, ...args: string[]) => m1pHere(t, ["evaluate", ...args]);

suite("m1p evaluate", () => {
  test("with --json: each cell and policy with its figures, and those over all cells", async (t) => {
    const two = ["--policy", "first-answer", "--policy", "all"];
    const { stdout, exitCode } = await evaluating(t, "--runs", RUNS, ...two, "--k", "3", "--json");
    assert.equal(exitCode, 0);
    const { cells, overall } = JSON.parse(stdout) as Evaluation;
    assert.equal(cells.length, 30);
    assert.deepEqual(Object.keys(cells[0] ?? {}), [
      ...["bench", "model", "tasks", "policy", "k"],
      ...["singleAccuracy", "accuracyChange", "speedup", "barrier", "tokenCost"],
    ]);
    assert.deepEqual(Object.keys(cells[0]?.speedup ?? {}), ["value", "low", "high"]);
    assert.deepEqual(
      overall.map(({ policy, k, cells: count }) => [policy, k, count]),
      [
        ["first-answer", 3, 15],
        ["all", 3, 15],
      ],
    );
  });

  test("tables fit 80 columns, and use 160 for more intervals", async () => {
    const written = async (columns: number) => {
      let stdout = "";
      const terminal = {
        stdout: { write: (text: string) => void (stdout += text) },
        stderr: { write: () => {} },
        ...{ color: false, columns, environment: {}, directory: "." },
      };
      const args = ["evaluate", "--runs", RUNS, "--policy", "first-finisher", "first-judged", LONG];
      assert.equal(await main(args, terminal), 0);
      return stdout;
    };
    const narrow = await written(80);
    assert.ok(narrow.split("\n").every((line) => line.length <= 80));
    assert.match(
      narrow,
      /Over 15 cells \(663 tasks\), 4 runs at once, against one run:\n.*accuracy.*\n {2}first-finisher {2}-1\.1 \(/,
    );
    const leftOut = ["10 runs without a duration", "9 tasks without exactly four runs", "mcpbench qwen3-next"];
    assert.ok(narrow.includes(["Left out:", ...leftOut].join("\n  ")));
    const wide = await written(160);
    assert.match(narrow, new RegExp(`\n  ${LONG}\n {18}[+-]`));
    assert.match(wide, new RegExp(`\n  ${LONG}  [+-]`));
    assert.match(wide, /first-judged .*\(.*\(.*\(.*\(/);
    assert.ok(wide.split("\n").every((line) => line.length <= 160));
  });

  test("with --svg: also a picture", async (t) => {
    const directory = temporaryFolder(t);
    const args = ["evaluate", "--runs", RUNS, "--policy", "all", "--svg", "plot.svg"];
    const { exitCode, stdout } = await m1pHere(t, args, { directory });
    assert.equal(exitCode, 0);
    assert.match(stdout, /^Over 15 cells/);
    assert.match(readFileSync(path.join(directory, "plot.svg"), "utf8"), /^<svg[^]*>all<\/text>[^]*<\/svg>\n$/);
  });

  test("one's own races: their teams are runs, of which speed and cost can be told", async (t) => {
    const folder = temporaryFolder(t);
    const files: string[] = [];
    for (const task of Array.from({ length: 10 }, (_, index) => `task ${index}`)) {
      const race = raceOfFour(task).map((event) => `${JSON.stringify(event)}\n`);
      files.push(path.join(folder, `${task}.jsonl`));
      writeFileSync(files.at(-1) ?? "", race.join(""));
    }
    const told = await evaluating(t, "--runs", ...files, "--policy", "first-answer", "all", "--json");
    const { cells } = JSON.parse(told.stdout) as Evaluation;
    assert.deepEqual([cells[0]?.bench, cells[0]?.model, cells[0]?.tasks], ["own races", "openai/x", 10]);
    assert.deepEqual([cells[0]?.speedup.value, cells[1]?.speedup.value], [25 / 20, 25 / 40]);
    assert.equal(cells[0]?.accuracyChange.value, null);
    const { stdout } = await evaluating(t, "--runs", ...files, "--policy", "first-answer");
    assert.match(stdout, /own races, openai\/x: 10 tasks, not scored\n.*\n {2}first-answer {2}- +1\.25x/);
  });

  test("several files are one", async (t) => {
    const folder = temporaryFolder(t);
    const lines = (run: number, tasks: number) =>
      Array.from({ length: tasks }, (_, task) =>
        JSON.stringify({ bench: "own", model: "m", task: `${task}`, score: run % 2, duration_s: run }),
      ).join("\n");
    for (const run of [1, 2, 3, 4]) writeFileSync(path.join(folder, `${run}.jsonl`), `${lines(run, 10)}\n`);
    const files = [1, 2, 3, 4].map((run) => path.join(folder, `${run}.jsonl`));
    const { stdout } = await evaluating(t, "--runs", ...files, "--policy", "first-answer", "--json");
    const { cells } = JSON.parse(stdout) as Evaluation;
    assert.equal(cells[0]?.accuracyChange.value, 0.5);
    assert.equal(cells[0].speedup.value, 2.5);
    assert.equal(cells[0].tokenCost.value, null, "no tokens were recorded");
    assert.match((await evaluating(t, "--runs", ...files, "--policy", "all")).stdout, / -$/m);
  });

  test("bad input: a sentence and exit code 2, nothing on standard output", async (t) => {
    const folder = temporaryFolder(t);
    const file = (name: string, text: string) => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    const negative = JSON.stringify({ bench: "b", model: "m", task: "t", score: 1, duration_s: -1 });
    const bad: readonly [args: string[], said: RegExp][] = [
      [["--runs", "nowhere.jsonl", "--policy", "all"], /nowhere\.jsonl cannot be read: ENOENT/],
      [["--runs", folder, "--policy", "all"], /cannot be read: EISDIR/],
      [["--runs", file("empty", "\n"), "--policy", "all"], /empty has no recorded runs in it/],
      [["--runs", file("text", "hello\n"), "--policy", "all"], /Line 1 of .*text cannot be used/],
      [["--runs", file("negative", negative), "--policy", "all"], /Line 1 of .*"duration_s": /],
      [["--runs", RUNS, "--policy", "best"], /no policy "best".*\n {2}The policies are: first-finisher/],
      [["--runs", RUNS, "--policy", "all:need=0"], /"need" cannot be "0".*\n {2}It must be a whole number from 1/],
      [
        ["--runs", RUNS, "--policy", "all", "--svg", path.join(folder, "no", "plot.svg")],
        /plot cannot be written: ENOENT/,
      ],
      [["--runs", RUNS, "--policy", "all", "all"], /"all" is named twice/],
      [["--runs", RUNS, "--policy", "all", "--k", "5"], /k cannot be 5/],
      [["--runs", RUNS, "--policy", "all", "--k", "0"], /whole number from 1/],
      [["--runs", RUNS], /--policy/],
      [["--policy", "all"], /--runs/],
    ];
    for (const [args, said] of bad) {
      const { exitCode, stdout, stderr } = await evaluating(t, ...args);
      assert.deepEqual([exitCode, stdout], [2, ""], args.join(" "));
      assert.match(stderr, said);
    }
  });
});

/** Four teams end after 10 s (giving up), 20, 30 and 40 s. */
function raceOfFour(prompt: string): readonly LoggedEvent[] {
  const names = [1, 2, 3, 4].map((index) => `team-${index}`);
  const started: RunEvent = {
    ...{ type: "run-started", formatVersion: 2, engineVersion: "0", promptVersion: "0", runId: "run" },
    task: { prompt, files: [] },
    teams: names.map((team) => ({ team, kind: "magentic-one", models: ["openai/x"], tools: [] })),
    policy: { name: "all", need: null, accept: "answered" },
    ...{ limits: {}, seed: "s", rehearsal: false },
  };
  const launched = names.map((team): RunEvent => ({ type: "team-launched", team }));
  const ended = names.map((team, index): RunEvent => {
    const outcome = index === 0 ? "gave-up" : "answered";
    return { type: "team-finished", team, outcome, answer: "42", findings: "", reason: "", turns: 1 };
  });
  return [started, ...launched, ...ended].map((event, index) => {
    return { ...event, seq: index + 1, time: 10_000 * Math.max(0, index - 4), scope: "run" };
  });
}
