import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import { LadderMemory } from "../../../../src/model/structured/ladder-memory.ts";
import { Conversation } from "../../../../src/steps/conversation.ts";
import type { ToolRequest } from "../../../../src/steps/step-context.ts";
import { StepFailed } from "../../../../src/steps/step-failed.ts";
import type { AgentContext } from "../../../../src/team/magentic-one/agent.ts";
import { fileSurfer, type SurferNeeds } from "../../../../src/team/magentic-one/agents/file-surfer.ts";
import { TASK_WITH_FILE } from "../support/play-team.ts";
import { type Script, ScriptedSteps } from "../support/scripted-steps.ts";

const PICTURE = { path: "plan.png", blob: "ab".repeat(32), mediaType: "image/png", width: 320, height: 200 };

function tools({ tool, arguments: args }: ToolRequest): ToolResult {
  if (tool === "list-files") return { text: "report.pdf (9,000 bytes)", facts: {} };
  if (tool === "view-image") return { text: "plan.png: a picture of 320 x 200 pixels.", facts: PICTURE };
  return { text: `<${tool} ${JSON.stringify(args)}>`, facts: {} };
}

/** What a model says: actions of which only what matters is given, or an answer. */
function says(actions: readonly object[], answer = ""): string {
  const empty = { do: "read", path: "", part: "", page: 1, query: "" };
  return JSON.stringify({ actions: actions.map((action) => ({ ...empty, ...action })), answer });
}

async function surf(
  files: NonNullable<Script["replies"]>["files"],
  { script = {}, ...given }: { script?: Partial<Script> } & Partial<SurferNeeds> = {},
) {
  const steps = new ScriptedSteps({ replies: files === undefined ? {} : { files }, tools, ...script });
  const conversation = Conversation.of({ role: "system", content: "instructions" });
  const context: AgentContext = {
    task: TASK_WITH_FILE,
    all: [],
    messages: [{ from: "Orchestrator", to: "FileSurfer", text: "Who is the harbour master?" }],
    conversation,
    mode: "full-ledger",
    steps: steps.context("team-1/FileSurfer"),
  };
  const memory = new LadderMemory({ schema: true, tool: true });
  const { text } = await fileSurfer({ memory, vision: true, window: 128_000, ...given }).respond(context);
  return { text, steps, asked: steps.tools.map(({ tool, arguments: args }) => [tool, args]) };
}

test("FileSurfer finds, reads and answers; it says where it read", async () => {
  const { text, steps, asked } = await surf([
    says([{ do: "find", path: "report.pdf", query: "master" }]),
    says([
      { do: "read", path: "report.pdf", page: 11 },
      { do: "read", path: "book.xlsx", part: "Staff list" },
    ]),
    says([], "It is Ilse Brandt (page 11)."),
  ]);
  assert.equal(text, "It is Ilse Brandt (page 11).\n\n(Read: report.pdf, page 11; book.xlsx, Staff list, page 1.)");
  assert.deepEqual(asked, [
    ["list-files", {}],
    ["find-in-file", { path: "report.pdf", query: "master" }],
    ["read-file", { path: "report.pdf", page: 11 }],
    ["read-file", { path: "book.xlsx", page: 1, part: "Staff list" }],
  ]);
  assert.match(steps.calls[0]?.messages.at(-1)?.content ?? "", /report\.pdf \(9,000 bytes\)/);
  assert.match(steps.calls[1]?.messages.at(-1)?.content ?? "", /<find-in-file .*master/);
  assert.ok(
    steps.calls[2]?.messages.some(({ content }) => content.includes("<find-in-file")),
    "it sees all it saw",
  );
});

test("at most three actions at a time, and eight rounds; then it must answer", async () => {
  const four = says([1, 2, 3, 4].map((page) => ({ path: "report.pdf", page })));
  const { text, asked, steps } = await surf([...Array.from({ length: 9 }, () => four), says([], "I can't say.")]);
  assert.equal(asked.length, 1 + 8 * 3);
  assert.match(steps.calls[8]?.messages.at(-1)?.content ?? "", /You can do nothing more/);
  assert.match(steps.calls[9]?.messages.at(-1)?.content ?? "", /no more actions can be done/);
  assert.match(text, /^I can't say\.\n\n\(Read: report\.pdf, page 1; report\.pdf, page 2; report\.pdf, page 3\.\)$/);
});

test("it looks at no more than half of its model's window", async () => {
  const long = (request: ToolRequest) => ({ ...tools(request), text: "x".repeat(8_000) });
  const read = says([{ path: "report.pdf" }]);
  const { asked } = await surf([read, read, says([], "Done.")], {
    window: 8_000,
    script: { tools: long },
  });
  assert.equal(asked.length, 3);
});

test("a picture is shown to a model that sees, with the question about it", async () => {
  const look = says([{ do: "look", path: "plan.png", query: "How many bars are there?" }]);
  for (const vision of [true, undefined]) {
    const { text, steps } = await surf([look, "Three bars.", says([], "There are three.")], { vision });
    const seen = steps.calls[1]?.messages.at(-1);
    assert.deepEqual(seen?.images, [{ blob: PICTURE.blob, mediaType: "image/png", width: 320, height: 200 }]);
    assert.match(seen?.content ?? "", /plan\.png\. How many bars are there\?/);
    assert.match(steps.calls[2]?.messages.at(-1)?.content ?? "", /It was looked at:\nThree bars\./);
    assert.match(text, /There are three\.\n\n\(Read: plan\.png\.\)/);
  }
});

test("a model that can't see is told so, and asked nothing about the picture", async () => {
  const look = says([{ do: "look", path: "plan.png" }]);
  const { steps } = await surf([look, says([], "I can't see it.")], { vision: false });
  assert.equal(steps.calls.length, 2);
  assert.match(steps.calls[1]?.messages.at(-1)?.content ?? "", /model can't see pictures/);
});

test("a model that refuses pictures costs a sentence", async () => {
  const refusal = new StepFailed("key", { code: "model-refused", message: "no image input" });
  const look = says([{ do: "look", path: "plan.png" }]);
  const { steps } = await surf([look, refusal, says([], "I can't see it.")]);
  assert.match(steps.calls[2]?.messages.at(-1)?.content ?? "", /did not take the picture \(no image input\)/);
});

test("an action without what it needs costs a sentence", async () => {
  const { steps } = await surf([says([{ do: "find", path: "report.pdf" }, { do: "read" }]), says([], "Well.")]);
  assert.match(steps.calls[1]?.messages.at(-1)?.content ?? "", /"find" needs a "query"\.\n\n.*"read" needs a "path"/);
});

test("FileSurfer reads the request's files where its model makes no usable choice", async () => {
  const { text, asked } = await surf({ always: "The first one, please." });
  assert.deepEqual(asked.at(-1), ["read-file", { path: "table.csv", page: 1 }]);
  assert.match(text, /^The folder holds:\nreport\.pdf/);
});

test("what it saw is not lost where its model fails before the answer", async () => {
  const failure = new StepFailed("key", { code: "model-http", message: "503" });
  const { text } = await surf([says([{ path: "report.pdf", page: 3 }]), failure]);
  assert.match(text, /<read-file .*"page":3.*>\n\n\(Read: report\.pdf, page 3\.\)/);
});
