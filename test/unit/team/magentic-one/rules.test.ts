import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "../support/scripted-steps.ts";
import { play, printing, PROGRAM, TASK_WITH_FILE } from "../support/play-team.ts";
import { magenticOneTeam } from "../../../../src/team/magentic-one/magentic-one-team.ts";

const RULES = { mode: "rules" } as const;
const FINAL = ["FINAL ANSWER: 42"];

function speakers(steps: Awaited<ReturnType<typeof play>>["steps"]): string[] {
  return steps.eventsOf("agent-spoke").flatMap(({ to }) => to ?? []);
}

test("rules: the files are shown, a program is written and run, the answer is phrased from its output", async () => {
  const { result, steps } = await play({ replies: { rules_coder: [PROGRAM], final: FINAL } }, RULES, TASK_WITH_FILE);
  assert.deepEqual([result.outcome, result.turns], ["answered", 3]);
  assert.equal(result.reason, "The program ran to its end and printed a result.");
  assert.deepEqual(speakers(steps), ["FileSurfer", "Coder", "ComputerTerminal"]);
  const final = steps.callsOf("final")[0];
  assert.match(final?.messages.at(-1)?.content ?? "", /^Question: How many rows has the table\?[\s\S]*printed:\n42\n/);
  assert.equal(final?.messages.filter(({ role }) => role === "assistant").length, 2, "two examples");
  assert.equal(final?.call.temperature, 0);
});

test("rules: the Coder sees two worked examples that look like its question, and no talk of the team", async () => {
  const { steps } = await play({ replies: { rules_coder: [PROGRAM], final: FINAL } }, RULES, TASK_WITH_FILE);
  const [system, ...turns] = steps.callsOf("rules_coder")[0]?.messages ?? [];
  assert.equal(system?.role, "system");
  assert.deepEqual(
    turns.map(({ role }) => role),
    ["user", "assistant", "user", "assistant", "user"],
  );
  assert.equal(
    turns.at(-1)?.content,
    "table.csv begins:\na,b\n1,2\n3,4\n\nQuestion: How many rows has the table?\n\nWrite a program that reads table.csv and prints the answer.",
  );
  for (const asked of [turns[0], turns[2]]) {
    assert.match(
      asked?.content ?? "",
      /\n\nQuestion: .*\n\nWrite a program that reads orders\.csv and prints the answer\.$/,
    );
  }
  for (const answer of [turns[1], turns[3]]) assert.match(answer?.content ?? "", /^```python\n[\s\S]*\n```$/);
});

test("rules: no orchestrator model call but the last; the ledgers are written all the same", async () => {
  const { steps } = await play({ replies: { rules_coder: [PROGRAM], final: FINAL } }, RULES, TASK_WITH_FILE);
  assert.deepEqual(
    steps.calls.map(({ kind }) => kind),
    ["rules_coder", "final"],
  );
  assert.equal(steps.eventsOf("task-ledger-written")[0]?.ledger.facts, "Files given: table.csv.");
  assert.equal(steps.eventsOf("progress-ledger-written").length, 4);
  assert.ok(steps.eventsOf("progress-ledger-written").every(({ mode }) => mode === "rules"));
});

test("rules: without files the Coder begins", async () => {
  const { steps } = await play({ replies: { rules_coder: [PROGRAM], final: FINAL } }, RULES);
  assert.deepEqual(speakers(steps), ["Coder", "ComputerTerminal"]);
});

test("rules: an error goes back to the Coder with the program and the error's last lines", async () => {
  const tools = printing(
    { error: "The program failed with exit code 1.\nTraceback\n a\n b\n c\nNameError: x" },
    "42\n",
  );
  const { result, steps } = await play({ tools, replies: { rules_coder: [PROGRAM, PROGRAM], final: FINAL } }, RULES);
  assert.equal(result.outcome, "answered");
  assert.deepEqual(steps.callsOf("rules_coder")[1]?.messages.slice(-2), [
    { role: "assistant", content: PROGRAM.trim() },
    {
      role: "user",
      content:
        "The program failed:\n a\n b\n c\nNameError: x\n\nWrite the whole corrected program in a python coding block.",
    },
  ]);
  assert.deepEqual(
    steps.eventsOf("stall-counted").map(({ stalls, reason }) => [stalls, reason]),
    [[1, "The program failed: NameError: x"]],
  );
});

test("rules: a correction that fails is not corrected: the Coder begins afresh, warmer and with another seed", async () => {
  const tools = printing({ error: "line 1\nNameError: x" }, { error: "line 9\nNameError: x" }, "42\n");
  const { steps } = await play({ tools, replies: { rules_coder: [PROGRAM, PROGRAM, PROGRAM], final: FINAL } }, RULES);
  const [first, correction, afresh] = steps.callsOf("rules_coder");
  assert.equal(correction?.messages.length, (first?.messages.length ?? 0) + 2);
  assert.deepEqual(afresh?.messages, first?.messages, "it sees nothing of what failed");
  assert.deepEqual(
    [first, correction, afresh].map((call) => call?.call.temperature?.toFixed(2)),
    ["0.30", "0.45", "0.60"],
  );
  assert.equal(new Set([first, correction, afresh].map((call) => call?.call.seed)).size, 3);
  assert.equal(steps.eventsOf("progress-ledger-written").filter(({ ledger }) => ledger.is_in_loop.answer).length, 1);
  assert.match(steps.eventsOf("agent-spoke").findLast(({ to }) => to === "Coder")?.text ?? "", /Begin afresh/);
});

for (const nothing of ["  \n", "nan\n", "mean: nan\n", "[]\n", "Empty DataFrame\nColumns: [a]\nIndex: []\n"]) {
  test(`rules: a program that prints ${JSON.stringify(nothing)} has no result, and the Coder begins afresh`, async () => {
    const tools = printing(nothing, "42\n");
    const { steps } = await play({ tools, replies: { rules_coder: [PROGRAM, PROGRAM], final: FINAL } }, RULES);
    const [first, second] = steps.callsOf("rules_coder");
    assert.deepEqual(second?.messages, first?.messages);
    assert.equal(steps.eventsOf("stall-counted")[0]?.reason, "The program printed no result.");
  });
}

test("rules: warnings are no result, nor part of one", async () => {
  const warning = "/lib/x.py:3: FutureWarning: old\n  table.sum()\n";
  const tools = printing(warning, `${warning}42\n`);
  const { steps } = await play({ tools, replies: { rules_coder: [PROGRAM, PROGRAM], final: FINAL } }, RULES);
  assert.match(steps.callsOf("final")[0]?.messages.at(-1)?.content ?? "", /printed:\n42\n/);
});

test("rules: a Coder without a program is asked for one", async () => {
  const replies = { rules_coder: ["I would count the rows.", PROGRAM], final: FINAL };
  const { steps } = await play({ replies }, RULES);
  assert.match(steps.callsOf("rules_coder")[1]?.messages.at(-1)?.content ?? "", /no complete program/);
});

test("rules: one stray space before a line is taken away before the program is run", async () => {
  const replies = { rules_coder: ["```python\nrows = 42\n print(rows)\n```"], final: FINAL };
  const { steps } = await play({ replies }, RULES);
  assert.equal(steps.tools[0]?.arguments["code"], "rows = 42\nprint(rows)\n");
});

test("R2, rules: an answer with a number that was not printed is asked for again", async () => {
  const replies = { rules_coder: [PROGRAM], final: ["FINAL ANSWER: 71", "FINAL ANSWER: 42"] };
  const { result, steps } = await play({ replies }, RULES);
  assert.equal(result.outcome === "answered" && result.answer, "42");
  const [first, second] = steps.callsOf("final");
  assert.deepEqual(second?.messages, first?.messages);
  assert.deepEqual([first?.call.temperature, second?.call.temperature], [0, 0.5]);
});

test("R2, rules: where no answer stands on it, a single printed line is the answer", async () => {
  const replies = { rules_coder: [PROGRAM], final: ["FINAL ANSWER: 71", "I do not know."] };
  const { result } = await play({ replies }, RULES);
  assert.equal(result.outcome === "answered" && result.answer, "42");
  assert.match(result.findings, /The program printed: 42/);
});

test("rules: a line with a printed number is an answer without the words before it, a line without is none", async () => {
  const answerTo = async (...final: string[]) => {
    const { result } = await play({ replies: { rules_coder: [PROGRAM], final } }, RULES);
    return result.outcome === "answered" ? result.answer : undefined;
  };
  assert.equal(await answerTo("@rows[42]"), "@rows[42]");
  assert.equal(await answerTo("@rows[71]", "@rows[42.0]"), "@rows[42.0]");
  assert.equal(await answerTo("Sure!", "The program printed:\n42 rows"), "42", "the printed line");
});

test("R2, rules: of several lines nobody knows which is meant, so the Coder begins afresh", async () => {
  const tools = printing("a 1\nb 2\n", "42\n");
  const replies = {
    rules_coder: [PROGRAM, PROGRAM],
    final: ["FINAL ANSWER: 71", "FINAL ANSWER: 72", "FINAL ANSWER: 42"],
  };
  const { result, steps } = await play({ tools, replies }, RULES);
  assert.equal(result.outcome === "answered" && result.answer, "42");
  assert.equal(steps.eventsOf("stall-counted")[0]?.reason, "No answer stood on what the program printed.");
  assert.deepEqual(steps.callsOf("rules_coder")[1]?.messages, steps.callsOf("rules_coder")[0]?.messages);
});

const file = (path: string) => ({ path, bytes: 24 });
const KINDS: readonly [kind: string, files: readonly string[], asks: RegExp, examples: readonly RegExp[]][] = [
  [
    "no files",
    [],
    /^Question: [^\n]*\n\nWrite a program that prints the answer\.$/,
    [/whole numbers/, /day of the week/],
  ],
  [
    "two tables",
    ["a.csv", "b.csv"],
    /reads a\.csv and b\.csv and prints/,
    [/orders\.csv/, /orders\.csv and shops\.csv/],
  ],
  ["a text", ["notes.md"], /reads notes\.md and prints/, [/door\.log/, /door\.log/]],
  ["a table and a text", ["a.csv", "notes.txt"], /reads a\.csv and notes\.txt/, [/door\.log/, /orders\.csv/]],
];
for (const [kind, files, asks, examples] of KINDS) {
  test(`rules: a task with ${kind} is asked with examples of its kind`, async () => {
    const task = { ...TASK_WITH_FILE, files: files.map(file) };
    const { result, steps } = await play({ replies: { rules_coder: [PROGRAM], final: FINAL } }, RULES, task);
    assert.equal(result.outcome, "answered");
    const asked = steps.callsOf("rules_coder")[0]?.messages.filter(({ role }) => role === "user") ?? [];
    assert.equal(asked.length, 3);
    for (const [index, expected] of [...examples, asks].entries()) assert.match(asked[index]?.content ?? "", expected);
  });
}

test("R2, rules: attempts are capped: three a plan, then a give-up with what was seen", async () => {
  const tools = printing({ error: "NameError: x" });
  const { result, steps } = await play(
    { tools, replies: { rules_coder: { always: PROGRAM } } },
    { ...RULES, maxReplans: 1 },
    TASK_WITH_FILE,
  );
  assert.equal(result.outcome, "gave-up");
  assert.equal(steps.callsOf("rules_coder").length, 6);
  assert.deepEqual(
    steps.callsOf("rules_coder").map(({ messages }) => messages.length),
    [6, 8, 6, 6, 8, 6],
    "the opening, one correction, afresh; and the same under a new plan",
  );
  assert.match(result.findings, /NameError: x/);
});

test("rules: a failed turn is taken again", async () => {
  const { result, steps } = await play(
    { replies: { rules_coder: [failure("model-http"), PROGRAM], final: FINAL } },
    RULES,
  );
  assert.equal(result.outcome, "answered");
  assert.deepEqual(speakers(steps), ["Coder", "Coder", "ComputerTerminal"]);
});

test("a team starts in the mode that its model is able to, unless told otherwise", () => {
  const abilities = { schema: false, tool: false, seed: true, orchestrates: "rules" } as const;
  assert.equal(magenticOneTeam().describe("team-1", "local/m", abilities).mode, "rules");
  assert.equal(magenticOneTeam({ mode: "short-ledger" }).describe("team-1", "local/m", abilities).mode, "short-ledger");
  assert.equal(magenticOneTeam().describe("team-1", undefined, undefined).mode, "full-ledger");
});

test("a small model's team is cooler, unless told otherwise", () => {
  const abilities = { schema: false, tool: false, seed: true, orchestrates: "rules" } as const;
  assert.equal(magenticOneTeam().describe("team-1", "local/m", abilities).temperature, 0.3);
  assert.equal(magenticOneTeam({ temperature: 0 }).describe("team-1", "local/m", abilities).temperature, 0);
  assert.equal(magenticOneTeam().describe("team-1", undefined, undefined).temperature, 0.7);
});
