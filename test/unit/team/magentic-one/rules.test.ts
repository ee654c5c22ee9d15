import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "../support/scripted-steps.ts";
import { play, printing, PROGRAM, TASK_WITH_FILE } from "../support/play-team.ts";
import { magenticOne } from "../../../../src/team/magentic-one/magentic-one.ts";

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
  const coder = steps.callsOf("rules_coder")[0]?.messages ?? [];
  assert.equal(coder.length, 2);
  assert.match(coder[1]?.content ?? "", /How many rows has the table\?[\s\S]*table\.csv begins:\na,b\n1,2/);
  const final = steps.callsOf("final")[0]?.messages ?? [];
  assert.match(final.at(-1)?.content ?? "", /How many rows has the table\?[\s\S]*42/);
  assert.equal(final.filter(({ role }) => role === "assistant").length, 2, "two examples");
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

test("rules: an error goes back to the Coder with the program and what came of it", async () => {
  const tools = printing({ error: "Traceback …\nNameError: x" }, "42\n");
  const { result, steps } = await play({ tools, replies: { rules_coder: [PROGRAM, PROGRAM], final: FINAL } }, RULES);
  assert.equal(result.outcome, "answered");
  const second = steps.callsOf("rules_coder")[1]?.messages ?? [];
  assert.deepEqual(
    second.map(({ role }) => role),
    ["system", "user", "assistant", "user"],
  );
  assert.equal(second[2]?.content, PROGRAM);
  assert.match(second[3]?.content ?? "", /NameError: x[\s\S]*Find the cause/);
  assert.deepEqual(
    steps.eventsOf("stall-counted").map(({ stalls, reason }) => [stalls, reason]),
    [[1, "The program failed: NameError: x"]],
  );
});

test("rules: the same error again asks for a different approach", async () => {
  const tools = printing({ error: "line 1\nNameError: x" }, { error: "line 9\nNameError: x" }, "42\n");
  const { steps } = await play({ tools, replies: { rules_coder: [PROGRAM, PROGRAM, PROGRAM], final: FINAL } }, RULES);
  assert.match(steps.callsOf("rules_coder")[2]?.messages.at(-1)?.content ?? "", /in a different way/);
  assert.equal(steps.eventsOf("progress-ledger-written").filter(({ ledger }) => ledger.is_in_loop.answer).length, 1);
});

test("rules: a program that prints nothing is written anew", async () => {
  const tools = printing("  \n", "42\n");
  const { steps } = await play({ tools, replies: { rules_coder: [PROGRAM, PROGRAM], final: FINAL } }, RULES);
  assert.match(steps.callsOf("rules_coder")[1]?.messages.at(-1)?.content ?? "", /printed nothing/);
});

test("rules: a Coder without a program is asked for one", async () => {
  const replies = { rules_coder: ["I would count the rows.", PROGRAM], final: FINAL };
  const { steps } = await play({ replies }, RULES);
  assert.match(steps.callsOf("rules_coder")[1]?.messages.at(-1)?.content ?? "", /has no code/);
});

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
    [2, 4, 4, 2, 4, 4],
    "a new plan begins without the old program",
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
  assert.equal(magenticOne().describe("team-1", "local/m", abilities).mode, "rules");
  assert.equal(magenticOne({ mode: "short-ledger" }).describe("team-1", "local/m", abilities).mode, "short-ledger");
  assert.equal(magenticOne().describe("team-1", undefined, undefined).mode, "full-ledger");
});
