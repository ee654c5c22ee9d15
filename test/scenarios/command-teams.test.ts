import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { EventOf, LoggedEvent } from "../../src/events/run-event.ts";
import { answerOf, assertGone, m1p, m1pHere, processesRunning, temporaryFolder } from "./support.ts";

const EXAMPLE = path.resolve(import.meta.dirname, "../../examples/repair");
const TASK = "npm test fails: find out why, and fix it";

/** A length of sleep that no other process of the machine has in its command line. */
const uniqueSleep = () => `8${randomInt(10)}.${randomInt(1e8, 1e9)}`;

/** The example in a folder of its own, as a repository with one commit. */
function repair(t: TestContext) {
  const folder = temporaryFolder(t);
  cpSync(EXAMPLE, folder, { recursive: true });
  const repository = path.join(folder, "repository");
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=me", "-c", "user.email=me@example.com", ...args], {
      cwd: repository,
      encoding: "utf8",
    });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "As it was");
  const agent = (name: string) => `${path.join(folder, "agents", name)} {task}`;
  return { folder, repository, git, agent };
}

const solve = (repository: string, teams: readonly string[], ...more: readonly string[]) => [
  ...["solve", TASK, "--workdir", repository, "--accept", "npm test"],
  ...teams.flatMap((team) => ["--team", team]),
  ...more,
];

function onlyOf<Type extends LoggedEvent["type"]>(events: readonly LoggedEvent[], type: Type) {
  return events.filter((event): event is LoggedEvent<EventOf<Type>> => event.type === type);
}

/** Where runs' commands put temporary files. */
function temporaryOf(dataDir: string): readonly string[] {
  try {
    return readdirSync(path.join(dataDir, "tmp"));
  } catch {
    return [];
  }
}

/** Who takes the files away of commands whose m1p was killed needs a moment after the commands' own end. */
async function assertNothingTemporary(dataDir: string): Promise<void> {
  const deadline = Date.now() + 500;
  while (temporaryOf(dataDir).length > 0 && Date.now() < deadline)
    await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(temporaryOf(dataDir), []);
}

suite("commands race on a repository", { timeout: 120_000 }, () => {
  test("R3: the one whose result passes npm test wins, the others are gone, the person's folder is as it was until it is applied there", async (t) => {
    const { folder, repository, git, agent } = repair(t);
    const length = uniqueSleep();
    const flag = path.join(folder, "rejected");
    const waiting = `until [ -e '${flag}' ]; do sleep 0.05; done; ${agent("fixes.sh")}`;
    const run = await m1p(t, solve(repository, [agent("worsens.sh"), agent("hangs.sh"), waiting], "--json"), {
      environment: { HANGS_SECONDS: length },
      onEvent: (event) => {
        if (event.type === "answer-judged" && event.team === "team-1") writeFileSync(flag, "");
      },
    });
    assert.equal(run.exitCode, 0, run.stderr);
    const decided = answerOf(run.events);
    assert.deepEqual([decided.winner, decided.outcome], ["team-3", "answered"]);
    assert.match(decided.answer ?? "", /^wrapLines forgot the space/);
    assert.match(decided.why, /It changed 1 file: src\/wrap-lines\.js/);
    await assertGone(length);
    assert.deepEqual(processesRunning(folder), []);
    assert.equal(git("status", "--porcelain"), "");
    assert.deepEqual(temporaryOf(run.dataDir), []);
    const judged = onlyOf(run.events, "answer-judged");
    assert.equal(judged[0]?.verdict, "reject");
    assert.match(judged[0]?.reason ?? "", /`npm test` failed with exit code 1\.\n[\s\S]*# fail|✖/);
    const last = run.events.at(-1);
    assert.ok(last?.type === "run-finished");
    assert.deepEqual(last.usage, {
      calls: 0,
      tokens: 0,
      cachedTokens: 0,
      costUsd: null,
      estimated: false,
      uncounted: true,
    });
    const outcomes = last.teams.map((team) => [team.team, team.outcome, team.usage.uncounted]);
    assert.deepEqual(outcomes.slice(1), [
      ["team-2", "stopped", true],
      ["team-3", "answered", true],
    ]);
    assert.ok(["rejected", "stopped"].includes(String(outcomes[0]?.[1])));
    const test = () => execFileSync("npm", ["test"], { cwd: repository, encoding: "utf8", stdio: "pipe" });
    assert.throws(test, "nothing is in the person's folder before it is asked for");
    const applied = await m1p(t, ["apply", "last"], { dataDir: run.dataDir });
    assert.equal(applied.exitCode, 0, applied.stderr);
    assert.match(git("status", "--porcelain"), /src\/wrap-lines\.js/);
    test();
  });

  test("a rejected command is run again, told what the check said, and may do better", async (t) => {
    const { repository, agent } = repair(t);
    const second = `if [ -e .tried ]; then ${agent("fixes.sh")}; else touch .tried; echo "It should work now."; fi`;
    const run = await m1p(t, solve(repository, [second], "--json"));
    assert.equal(run.exitCode, 0, run.stderr);
    const verdicts = onlyOf(run.events, "answer-judged").map(({ verdict }) => verdict);
    assert.deepEqual(verdicts, ["reject", "accept"]);
    const tasks = onlyOf(run.events, "step-started").flatMap(({ step }) =>
      step.kind === "tool" ? [String(step.arguments["task"])] : [],
    );
    assert.equal(tasks[0], TASK);
    assert.match(tasks[1] ?? "", /It should work now\.[\s\S]*`npm test` failed with exit code 1/);
    const last = run.events.at(-1);
    assert.ok(last?.type === "run-finished");
    assert.deepEqual([last.teams[0]?.turns, last.winner], [2, "team-1"]);
  });

  test("where no command passes, nobody answered, and it is said what the check said", async (t) => {
    const { repository, agent } = repair(t);
    const run = await m1p(t, solve(repository, [agent("worsens.sh")]));
    assert.equal(run.exitCode, 3, run.stderr);
    assert.match(
      run.stdout,
      /^No answer \(unanswered\)\. .*team-1 was refused \(`npm test` failed with exit code 1\. Run again, it changed nothing\)/,
    );
  });

  test("commands are teams without a folder and without a check as well; a failing one is told with its last lines", async (t) => {
    const run = await m1p(t, [
      ...["solve", "What is it?", "--team", "echo no key >&2; exit 4"],
      ...["--team", `until [ -e done ]; do sleep 0.05; touch done; done; printf 'FINAL ANSWER: %s\\n' {task}`],
    ]);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(
      run.stdout,
      /^What is it\?\n\nteam-2 answered first, .*team-1 failed \(echo ended with exit code 4\. It printed last:/,
    );
  });
});

suite("m1p killed while commands run", { timeout: 120_000 }, () => {
  test("R3: no process and no temporary folder is left; a repeatable command goes on at the resume", async (t) => {
    const { folder, repository, agent } = repair(t);
    const dataDir = temporaryFolder(t);
    const temporary = temporaryFolder(t);
    const length = uniqueSleep();
    const ready = path.join(folder, "ready");
    const cutOff = `if [ -e '${ready}' ]; then ${agent("fixes.sh")}; else echo broken > package.json; touch "$TMPDIR/left"; ${agent("hangs.sh")} & echo begun; sleep ${length}; fi`;
    const environment = { HANGS_SECONDS: length, TMPDIR: temporary };
    const teams = [cutOff, agent("hangs.sh")];
    const killed = await m1p(t, solve(repository, teams, "--repeatable"), {
      dataDir,
      environment,
      onText: (text, child) => {
        if (text.includes("| begun") && text.includes("hangs.sh | Thinking")) child.kill("SIGKILL");
      },
    });
    assert.equal(killed.exitCode, null);
    await assertGone(length);
    await assertNothingTemporary(dataDir);
    assert.deepEqual(readdirSync(temporary), []);
    writeFileSync(ready, "");
    const resumed = await m1p(t, ["resume", "last"], { dataDir, environment });
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    assert.match(resumed.stderr, /UNSANDBOXED: These 2 commands run/);
    assert.match(resumed.stdout, /^wrapLines forgot the space[\s\S]*team-1 answered first/);
    await assertGone(length);
    assert.deepEqual(temporaryOf(dataDir), []);
    assert.deepEqual(readdirSync(temporary), []);
    const events = await m1pHere(t, ["show", "last", "--json"], { dataDir });
    const steps = onlyOf(events.events, "step-restarted").map(({ key }) => key);
    assert.deepEqual(steps.toSorted(), ["team-1/command/2", "team-2/hangs.sh/2"]);
  });
});

suite("commands on the command line", { timeout: 60_000 }, () => {
  test("that they run unsandboxed is said first, their output comes in whole lines, and what they used is unknown", async (t) => {
    const { repository, agent } = repair(t);
    const run = await m1p(t, solve(repository, [agent("fixes.sh")]));
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(
      run.stderr,
      /^UNSANDBOXED: This command runs on this machine as you, with the network and with all your files and keys\.\n {2}.*fixes\.sh \{task\}\n/,
    );
    assert.match(run.stderr, /^race .* every team works on a copy of .*repository$/m);
    assert.match(run.stderr, /^race .* an answer must pass in the sandbox: npm test$/m);
    assert.match(run.stderr, /^team-1 .* command: .*fixes\.sh \{task\}$/m);
    assert.match(run.stderr, /^team-1 +\d+\.\ds {2}fixes\.sh \| Reading src\/wrap-lines\.js …$/m);
    assert.match(run.stderr, /^race .* tokens and price unknown \(commands do not tell\); quiet/m);
    const full = await m1pHere(t, ["show", "last", "--full"], { dataDir: run.dataDir });
    assert.match(full.stdout, /team-1: answered, 1 turn, \d+\.\d s, tokens and price unknown/);
    assert.equal(readFileSync(path.join(repository, "src/wrap-lines.js"), "utf8").includes("+ 1 +"), false);
  });

  const refused = [
    [["--team", "sleep 1", "-k", "2"], /--team and -k do not go together/],
    [["--team", "sleep 1", "-m", "openai/x"], /--team and -m do not go together/],
    [["--repeatable"], /--repeatable is about commands/],
    [
      ["--team", "sleep 1", "--budget-tokens", "5"],
      /What the command of team-1 spends is unknown, so no budget can hold/,
    ],
    [["--team", "codex exec '{task}"], /The shell cannot read the command `codex exec '\{task\}`/],
    [["--team", "no-such-agent {task}"], /begins with no-such-agent, and there is no such program/],
    [["--team", "sleep 1", "--workdir", "nowhere"], /There is no folder .*nowhere/],
    [["--team", "sleep 1", "--accept", "no-such-check"], /no-such-check is not in the sandbox/],
    [["--team", "sleep 1", "--accept", "npm test '"], /The shell cannot read the command `npm test '`/],
    [["--team", ""], /A team's command is empty/],
  ] as const;
  for (const [flags, message] of refused) {
    test(`bad usage is told in a sentence, exit 2: ${flags.join(" ")}`, async (t) => {
      const run = await m1pHere(t, ["solve", "?", ...flags]);
      assert.equal(run.exitCode, 2, run.stderr);
      assert.match(run.stderr, message);
      const runs = path.join(run.dataDir, "runs");
      assert.deepEqual(existsSync(runs) ? readdirSync(runs) : [], []);
    });
  }
});
