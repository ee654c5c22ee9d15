import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Conversation } from "../../../../src/steps/conversation.ts";
import { estimateTokens } from "../../../../src/steps/prompt-size.ts";
import type { Said } from "../../../../src/team/magentic-one/agent.ts";
import { archive } from "../../../../src/team/magentic-one/agents/archive.ts";
import { play, printing, PROGRAM, TASK } from "../support/play-team.ts";
import { ledgerText, ScriptedSteps } from "../support/scripted-steps.ts";

const SAID: readonly Said[] = [
  { from: "Task ledger", text: "We are working on this request." },
  { from: "Orchestrator", to: "Coder", text: "Compute the checksum." },
  { from: "Coder", text: `The checksum is 7731. ${"And so on. ".repeat(200)}` },
  { from: "Orchestrator", to: "ComputerTerminal", text: "Run it." },
  { from: "ComputerTerminal", text: "Traceback\nValueError: no column depth" },
];

async function asked(text: string, room = 1_000, said: readonly Said[] = SAID): Promise<string> {
  const all = [...said, { from: "Orchestrator", to: "Archive", text }];
  const steps = new ScriptedSteps({ replies: {} }).context();
  const context = {
    task: TASK,
    messages: all,
    all,
    conversation: Conversation.empty,
    mode: "full-ledger",
    steps,
  } as const;
  return (await archive(() => room).respond(context)).text;
}

suite("the Archive reads out", () => {
  test("messages by their numbers, one, several or a range, each with who said it", async () => {
    assert.equal(
      await asked("Please read message 5."),
      "Message 5, ComputerTerminal:\nTraceback\nValueError: no column depth",
    );
    assert.match(await asked("messages 2 and 4"), /^Message 2, Orchestrator to Coder:\nCompute [^]*\n\nMessage 4,/);
    assert.equal((await asked("#2-4")).match(/^Message \d/gm)?.length, 3);
    assert.equal((await asked("messages 1 to 900")).match(/^Message \d/gm)?.length, 5);
  });

  test("what holds the words that are asked for, those in quotation marks as they stand", async () => {
    assert.match(await asked('find "checksum is"'), /^Message 3, Coder:\nThe checksum is 7731\./);
    assert.match(await asked("What was the ValueError about depth?"), /^Message 5, /);
    assert.equal((await asked("find checksum")).match(/^Message \d/gm)?.length, 2);
    assert.match(await asked("find checksum 7731"), /Message 3, Coder/);
  });

  test("no more than it has room for", async () => {
    const text = await asked("message 3", 120);
    assert.ok(estimateTokens(text) <= 120);
    assert.match(
      text,
      /^Message 3, Coder:\nThe checksum[^]*\[… \d+ characters of message 3 are left out here; the Archive can read it out …\]/,
    );
  });

  test("nothing where there is nothing, and says how to ask", async () => {
    for (const nothing of ["messages 77", 'find "unheard of"', "give"])
      assert.match(await asked(nothing), /no such message/);
  });

  test("not what it read out itself before", async () => {
    const before: Said[] = [...SAID, { from: "Archive", text: "Message 3, Coder:\nThe checksum is 7731." }];
    assert.doesNotMatch(await asked('find "7731"', 1_000, before), /Message 6/);
  });
});

test("the Archive can be chosen once something was cut or left out, and not before", async () => {
  const long = "a line of output\n".repeat(4_000);
  const speakers = ["Coder", "ComputerTerminal", "Archive"].map((speaker) =>
    ledgerText({ speaker, instruction: "message 5" }),
  );
  const { steps, result } = await play(
    {
      replies: {
        facts: ["facts"],
        plan: ["plan"],
        ledger: [...speakers, ledgerText({ satisfied: true })],
        coder: [PROGRAM],
        final: ["FINAL ANSWER: 42"],
      },
      tools: printing(long),
    },
    { contextWindow: 8_000 },
  );
  assert.equal(result.outcome, "answered");
  const offered = steps
    .callsOf("ledger")
    .map(({ messages }) => messages.at(-1)?.content.includes(", Archive") ?? false);
  assert.deepEqual(offered, [false, false, true, true]);
  const spoke = steps.eventsOf("agent-spoke").find(({ agent }) => agent === "Archive");
  assert.match(spoke?.text ?? "", /^Message 5, ComputerTerminal:\na line of output[^]*of message 5 are left out here/);
});
