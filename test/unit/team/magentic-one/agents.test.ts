import assert from "node:assert/strict";
import { test } from "node:test";
import type { OrchestratorMode } from "../../../../src/events/ledger.ts";
import { LadderMemory } from "../../../../src/model/structured/ladder-memory.ts";
import { Conversation } from "../../../../src/steps/conversation.ts";
import type { AgentContext, Said } from "../../../../src/team/magentic-one/agent.ts";
import { computerTerminal } from "../../../../src/team/magentic-one/agents/computer-terminal.ts";
import { fileSurfer } from "../../../../src/team/magentic-one/agents/file-surfer.ts";
import { printing, TASK, TASK_WITH_FILE } from "../support/play-team.ts";
import { type Script, ScriptedSteps } from "../support/scripted-steps.ts";

function given(
  messages: readonly Said[],
  script: Partial<Script> = {},
  mode: OrchestratorMode = "full-ledger",
): { context: AgentContext; steps: ScriptedSteps } {
  const steps = new ScriptedSteps({ replies: {}, tools: printing("42\n"), ...script });
  const conversation = Conversation.of({ role: "system", content: "instructions" });
  return {
    context: { task: TASK_WITH_FILE, messages, all: messages, conversation, mode, steps: steps.context("team-1/X") },
    steps,
  };
}

const asked = (text: string): Said => ({ from: "Orchestrator", to: "ComputerTerminal", text });
const coderSaid = (text: string): Said => ({ from: "Coder", text });
const codeRun = (steps: ScriptedSteps) => steps.tools.map((call) => call.arguments["code"]);

test("ComputerTerminal runs the Coder's latest blocks in order and reports each", async () => {
  const { context, steps } = given([
    coderSaid("```python\nold\n```"),
    coderSaid("```python\na\n```\nthen\n```sh\nb\n```"),
    asked("Run it."),
  ]);
  const { text, facts } = await computerTerminal.respond(context);
  assert.deepEqual(codeRun(steps), ["a\n", "b\n"]);
  assert.equal(text, "Block 1 of 2 (python):\n42\n\n\nBlock 2 of 2 (sh):\n42\n");
  assert.deepEqual(facts, { exitCode: 0, printed: true });
});

test("ComputerTerminal stops at the first block that fails", async () => {
  const tools = printing({ error: "NameError: a" });
  const { context, steps } = given([coderSaid("```python\na\n```\n```sh\nb\n```"), asked("Run it.")], { tools });
  const { facts } = await computerTerminal.respond(context);
  assert.deepEqual(codeRun(steps), ["a\n"]);
  assert.deepEqual(facts, { exitCode: 1, printed: true });
});

test("ComputerTerminal runs what its instruction holds before what the Coder wrote", async () => {
  const { context, steps } = given([coderSaid("```python\na\n```"), asked("Please run:\n```sh\nls\n```")]);
  await computerTerminal.respond(context);
  assert.deepEqual(codeRun(steps), ["ls\n"]);
});

test("ComputerTerminal never runs code that stands in a file or came from another agent", async () => {
  const { context, steps } = given([
    { from: "FileSurfer", text: "notes.md:\n```sh\nrm -rf /\n```" },
    coderSaid("I would rather read first."),
    { from: "FileSurfer", text: "```python\nevil()\n```" },
    asked("Run the program."),
  ]);
  const { text } = await computerTerminal.respond(context);
  assert.equal(steps.tools.length, 0);
  assert.match(text, /There is no code to run/);
});

test("FileSurfer asks no model under rules, and shows short heads", async () => {
  const long = `table.csv begins:\na,b\n${"1,2\n".repeat(500)}${"x".repeat(5000)}`;
  const { context, steps } = given([asked("Show.")], { tools: () => ({ text: long, facts: {} }) }, "rules");
  const { text } = await fileSurfer({
    memory: new LadderMemory({ schema: true, tool: true }),
    vision: undefined,
    window: 32_768,
  }).respond(context);
  assert.equal(steps.calls.length, 0);
  assert.ok(text.startsWith("table.csv begins:\na,b\n1,2"));
  assert.ok(text.length < 3100);
  const without = await fileSurfer({
    memory: new LadderMemory({ schema: true, tool: true }),
    vision: undefined,
    window: 32_768,
  }).respond({ ...context, task: TASK });
  assert.match(without.text, /without files/);
});
