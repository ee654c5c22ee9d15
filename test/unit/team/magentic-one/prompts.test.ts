import assert from "node:assert/strict";
import { test } from "node:test";
import { magenticOneTeam } from "../../../../src/team/magentic-one/magentic-one-team.ts";
import { ledgerText, ScriptedSteps } from "../support/scripted-steps.ts";
import { PROGRAM, printing, TASK_WITH_FILE } from "../support/play-team.ts";

async function promptsOf(team: string, facts: string) {
  const steps = new ScriptedSteps({
    tools: printing("42\n"),
    replies: {
      facts: [facts],
      plan: ["- A plan."],
      ledger: [ledgerText(), ledgerText({ progress: false }), ledgerText({ satisfied: true })],
      facts_update: ["new facts"],
      plan_update: ["new plan"],
      coder: [PROGRAM],
      final: ["FINAL ANSWER: 42"],
    },
  });
  const context = { team, task: TASK_WITH_FILE, steps: steps.context(team), abilities: undefined };
  await magenticOneTeam({ maxStalls: 1 }).solve(context);
  steps.assertUsedUp();
  return steps.calls;
}

/** The words by which the shared scripted server knows a question; the last message, for the Coder the first. */
const WORDS: Readonly<Record<string, string>> = {
  facts: "pre-survey",
  plan: "bullet-point plan",
  facts_update: "rewrite the following fact sheet",
  plan_update: "come up with a new plan",
  ledger: "is_request_satisfied",
  final: "FINAL ANSWER",
};

test("each question holds its own key words and no other's that would be taken before them", async () => {
  const calls = await promptsOf("team-1", "facts");
  const order = ["ledger", "facts", "facts_update", "plan_update", "plan", "final"];
  for (const { kind, messages } of calls.filter((call) => call.kind !== "coder")) {
    const last = messages.at(-1)?.content ?? "";
    assert.equal(
      order.find((each) => last.includes(WORDS[each] ?? "")),
      kind,
    );
    assert.doesNotMatch(messages[0]?.content ?? "", /python coding block|coding and language skills|different teams/);
  }
  const coder = calls.find((call) => call.kind === "coder")?.messages ?? [];
  assert.match(coder[0]?.content ?? "", /python coding block/);
  assert.doesNotMatch(coder.at(-1)?.content ?? "", /final answer/i);
});

test("k teams share the longest prefix: role, team and request come first, and nothing names the team", async () => {
  const [one, two] = [await promptsOf("team-1", "facts"), await promptsOf("team-2", "other facts")];
  const text = (calls: typeof one, index: number) => calls[index]?.messages.map(({ content }) => content) ?? [];
  assert.deepEqual(text(one, 0), text(two, 0), "the first question is the same");
  for (const [index, { messages }] of one.entries()) {
    assert.equal(messages[0]?.content, two[index]?.messages[0]?.content, "so is every first message");
    const [ours, theirs] = [text(one, index).join("\n"), text(two, index).join("\n")];
    const shared = [...ours].findIndex((character, at) => character !== theirs[at]);
    if (shared >= 0) assert.ok(ours.slice(0, shared).includes(TASK_WITH_FILE.prompt), "the request is in the prefix");
  }
  assert.doesNotMatch(JSON.stringify(one.map(({ messages }) => messages)), /team-1|seed/);
});
