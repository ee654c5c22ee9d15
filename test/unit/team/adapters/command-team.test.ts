import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Input, ProposalReply } from "../../../../src/events/input.ts";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import { type CommandTeamOptions, commandTeam } from "../../../../src/team/adapters/command-team.ts";
import { ScriptedSteps } from "../support/scripted-steps.ts";

const TASK = { prompt: "Fix it.", files: [{ path: "log.txt", bytes: 1 }] };

interface Play {
  readonly options?: Partial<CommandTeamOptions>;
  /** What each run comes to; the last for good. */
  readonly runs: readonly Partial<ToolResult>[];
  readonly verdicts?: readonly ProposalReply[];
  readonly inputs?: (readonly Input[])[];
}

async function play({ options, runs, verdicts, inputs }: Play) {
  let count = 0;
  const tools = (): ToolResult => {
    const { text = "", facts = {} } = runs[Math.min(count++, runs.length - 1)] ?? {};
    return { text, facts: { exitCode: 0, folder: `state ${count}`, ...facts } };
  };
  const steps = new ScriptedSteps({
    replies: {},
    tools,
    ...(verdicts ? { verdicts } : {}),
    ...(inputs ? { inputs } : {}),
  });
  const team = commandTeam({ command: "/opt/bin/codex exec {task}", ...options });
  const context = { team: "team-2", task: TASK, steps: steps.context("team-2"), abilities: undefined };
  const result = await team.solve(context);
  return { result, steps, tasks: steps.tools.map((call) => String(call.arguments["task"])) };
}

const reject = (reason: string): ProposalReply => ({ kind: "rejected", reason });

suite("a command as a team", () => {
  test("it runs its command once, proposes what that says, and ends with it", async () => {
    const changes = "It changed 1 file: a.js.";
    const { result, steps } = await play({ runs: [{ text: "…\nFINAL ANSWER: done\n", facts: { changes } }] });
    assert.deepEqual(result, {
      outcome: "answered",
      answer: "done",
      findings: `done\n${changes}`,
      reason: `codex ended with exit code 0. ${changes}`,
      turns: 1,
    });
    assert.deepEqual(
      steps.tools.map(({ key, tool, arguments: given }) => ({ key, tool, given })),
      [
        {
          key: "team-2/codex/2",
          tool: "command",
          given: { command: "/opt/bin/codex exec {task}", task: "Fix it.", team: "team-2", files: ["log.txt"] },
        },
      ],
    );
    assert.deepEqual(
      steps.events.map((event) => event.type),
      ["turn-started", "agent-spoke"],
    );
    assert.equal(steps.proposals.length, 1);
  });

  test("limits of time and leave to repeat go with the call", async () => {
    const { steps } = await play({ options: { timeoutMs: 5_000, repeatable: true }, runs: [{ text: "x" }] });
    const { timeoutMs, repeatable } = steps.tools[0]?.arguments ?? {};
    assert.deepEqual([timeoutMs, repeatable], [5_000, true]);
  });

  test("rejected, it is run again, told the task, its answer and what the check said", async () => {
    const { result, tasks } = await play({
      runs: [{ text: "first try" }, { text: "second try" }],
      verdicts: [reject("2 tests fail")],
    });
    assert.ok(result.outcome === "answered" && result.answer === "second try" && result.turns === 2);
    assert.equal(tasks.length, 2);
    assert.match(tasks[1] ?? "", /^Fix it\.\n[\s\S]*first try[\s\S]*2 tests fail/);
  });

  test("it is run three times at most, unless said otherwise", async () => {
    const runs = ["a", "b", "c", "d", "e"].map((text) => ({ text }));
    const verdicts = runs.map((_, index) => reject(`no ${index}\nand more of it`));
    const three = await play({ runs, verdicts });
    assert.deepEqual(three.result, {
      outcome: "rejected",
      findings: "c",
      reason: "no 2 It was run 3 times.",
      turns: 3,
    });
    const one = await play({ runs, verdicts, options: { rounds: 1 } });
    assert.ok(one.result.outcome === "rejected" && one.result.reason === "no 0 It was run once.");
  });

  test("it is not run again when running it again changed nothing", async () => {
    const same = { text: "done", facts: { folder: "same" } };
    const { result, tasks } = await play({ runs: [same], verdicts: [reject("no"), reject("no"), reject("no")] });
    assert.equal(tasks.length, 2);
    assert.ok(result.outcome === "rejected" && result.reason === "no Run again, it changed nothing.");
    const working = { text: "done" };
    assert.equal((await play({ runs: [working], verdicts: [reject("no"), reject("no")] })).tasks.length, 3);
  });

  test("a command that takes no task cannot be told, and ends", async () => {
    const { result, tasks } = await play({
      options: { command: "make repair" },
      runs: [{ text: "done" }],
      verdicts: [reject("no")],
    });
    assert.equal(tasks.length, 1);
    assert.ok(result.outcome === "rejected" && result.reason === "no Its command takes no task, so it cannot be told.");
    const byVariable = { command: `codex exec "$M1P_TASK"` };
    assert.equal(
      (await play({ options: byVariable, runs: [{ text: "x" }], verdicts: [reject("no")] })).tasks.length,
      2,
    );
  });

  test("a person's follow-up is run as such, with all its rounds again", async () => {
    const { result, tasks } = await play({
      runs: ["a", "b", "c", "d"].map((text) => ({ text })),
      verdicts: [reject("no"), { kind: "continued", text: "And now the documentation." }, reject("no")],
    });
    assert.match(tasks[2] ?? "", /You ended with:\nb\n\nAnd now the documentation\.$/);
    assert.ok(result.outcome === "answered" && result.answer === "d");
  });

  test("what a person says before it begins is told with the task", async () => {
    const { tasks } = await play({
      runs: [{ text: "x" }],
      inputs: [[{ kind: "message", text: "Leave the tests alone." }]],
    });
    assert.deepEqual(tasks, ["Fix it.\n\nLeave the tests alone."]);
  });

  test("R2: a command that printed nothing and changed nothing has no answer", async () => {
    const { result, steps } = await play({ runs: [{ text: " \n" }] });
    assert.ok(result.outcome === "gave-up" && result.reason === "It printed nothing and changed nothing.");
    assert.equal(steps.proposals.length, 0);
  });

  test("R4: another exit code than 0 fails the team", async () => {
    const failing = play({ runs: [{ text: "no key\n", facts: { exitCode: 1 } }] });
    await assert.rejects(failing, {
      code: "command-failed",
      message: /codex ended with exit code 1\. .*last:\nno key/,
    });
  });

  test("it is called after its program, and can be made again from its description", () => {
    const nameOf = (command: string, name?: string) => {
      const team = commandTeam({ command, ...(name === undefined ? {} : { name }) });
      assert.deepEqual(team.describe("team-1", undefined, undefined), {
        team: "team-1",
        kind: "command",
        models: [],
        tools: ["command"],
        options: { command, ...(name === undefined ? {} : { name }) },
      });
    };
    nameOf("A=1 'my agent'/run {task}");
    nameOf("x", "mine");
    for (const name of ["", "a/b", "-x", "x".repeat(41)])
      assert.throws(() => commandTeam({ command: "x", name }), { code: "team-options" });
    for (const options of [{ rounds: 0 }, { timeoutMs: -1 }, { round: 1 }])
      assert.throws(() => commandTeam({ command: "x", ...options }), { code: "team-options" });
  });

  for (const [command, name] of [
    ["A=1 B=2 ./agents/fix.sh {task}", "fix.sh"],
    ["'/opt/my-agent' {task}", "my-agent"],
    ["(cd x && y)", "command"],
    ["if true; then codex; fi", "command"],
  ] as const) {
    test(`the name of \`${command}\` is ${name}`, async () => {
      const { steps } = await play({ options: { command }, runs: [{ text: "x" }] });
      assert.equal(steps.tools[0]?.key, `team-2/${name}/2`);
    });
  }
});
