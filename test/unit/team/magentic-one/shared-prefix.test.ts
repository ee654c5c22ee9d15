import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { spoken } from "../../../../src/model/spoken.ts";
import { ledger, type Kind, type ScriptedSteps } from "../support/scripted-steps.ts";
import { play, printing, PROGRAM, TASK_WITH_FILE } from "../support/play-team.ts";

/** A team whose model has its own thoughts; k teams differ by these alone. */
async function teamThinking(thoughts: string): Promise<ScriptedSteps> {
  const turns = ["FileSurfer", "Coder", "ComputerTerminal", "Coder"].map((speaker) => ledger({ speaker }));
  const { steps } = await play(
    {
      replies: {
        facts: [`1. GIVEN OR VERIFIED: ${thoughts}`],
        plan: [`- ${thoughts}`],
        ledger: [...turns, ledger({ satisfied: true })].map((each) => JSON.stringify(each)),
        files: [
          '{"actions": [{"do": "read", "path": "table.csv", "part": "", "page": 1, "query": ""}], "answer": ""}',
          '{"actions": [], "answer": "It has two rows."}',
        ],
        coder: [PROGRAM, `It is done, ${thoughts}`],
        final: ["FINAL ANSWER: 42"],
      },
      tools: printing("42\n"),
    },
    {},
    TASK_WITH_FILE,
  );
  return steps;
}

/** A prompt as a provider's cache sees it. */
function promptsOf(steps: ScriptedSteps, kind: Kind): string[] {
  return steps
    .callsOf(kind)
    .map(({ messages }) => messages.map((each) => `${each.role}: ${spoken(each)}`).join("\n\n"));
}

function sharedLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

suite("prompt caches of providers", async () => {
  const [one, other] = await Promise.all([teamThinking("amber, I think"), teamThinking("slate, perhaps")]);

  test("k teams begin with the same prompt, to the last byte", () => {
    assert.deepEqual(promptsOf(one, "facts"), promptsOf(other, "facts"));
  });

  for (const kind of ["plan", "ledger", "files", "coder", "final"] as const) {
    test(`what k teams ask of ${kind} is the same up to their own thoughts`, () => {
      const [first = "", second = ""] = [promptsOf(one, kind)[0], promptsOf(other, kind)[0]];
      const shared = sharedLength(first, second);
      assert.equal(shared, first.indexOf("amber, I think"));
      // Instructions, request with its files, roster: all that is not a team's own.
      assert.ok(first.slice(0, shared).includes("How many rows has the table?"));
    });
  }

  for (const kind of ["ledger", "coder"] as const) {
    test(`each prompt of ${kind} goes on from all of the one before but its question`, () => {
      const prompts = promptsOf(one, kind);
      for (const [index, prompt] of prompts.slice(1).entries()) {
        const before = prompts[index] ?? "";
        const question = kind === "ledger" ? before.lastIndexOf("user: Recall the request") : before.length;
        assert.ok(sharedLength(before, prompt) >= question, `${kind} ${index}`);
      }
    });
  }
});
