import assert from "node:assert/strict";
import { test } from "node:test";
import type { Agent } from "../../../../src/team/magentic-one/agent.ts";
import { Group } from "../../../../src/team/magentic-one/group.ts";
import { TASK } from "../support/play-team.ts";
import { ScriptedSteps } from "../support/scripted-steps.ts";

/** A user's own agent: what a member needs is a name, a line on what it can do, and an answer. */
const parrot: Agent = {
  name: "Parrot",
  description: "Repeats what was said last.",
  respond: async ({ messages }) => ({ text: `${messages.at(-1)?.text}!`, facts: { loud: true } }),
};
const counter: Agent = {
  name: "Counter",
  description: "Counts what was said.",
  respond: async ({ messages }) => ({ text: messages.map(({ from }) => from).join(" ") }),
};

function groupOf(...agents: Agent[]) {
  const steps = new ScriptedSteps({ replies: {} });
  return { group: new Group(agents, TASK, steps.context()), steps };
}

test("a user's own agent takes its turn: it hears all, and all hear it", async () => {
  const { group, steps } = groupOf(parrot, counter);
  group.say({ from: "Orchestrator", to: "Parrot", text: "Hello" });
  assert.deepEqual(await group.turnOf("Parrot", "full-ledger"), {
    from: "Parrot",
    text: "Hello!",
    facts: { loud: true },
  });
  assert.equal((await group.turnOf("Counter", "full-ledger")).text, "Orchestrator Parrot");
  assert.deepEqual(
    steps.eventsOf("agent-spoke").map(({ key, text }) => [key, text]),
    [
      ["team-1/Parrot/1", "Hello!"],
      ["team-1/Counter/1", "Orchestrator Parrot"],
    ],
  );
});

test("after forget nobody remembers, the speakers of before included", async () => {
  const { group } = groupOf(parrot, counter);
  group.say({ from: "Orchestrator", text: "Hello" });
  await group.turnOf("Parrot", "full-ledger");
  group.forget();
  group.say({ from: "Task ledger", text: "A new plan" });
  assert.equal((await group.turnOf("Counter", "full-ledger")).text, "Task ledger");
  assert.equal((await group.turnOf("Parrot", "full-ledger")).text, "Task ledger!");
});

test("a turn of somebody who is no member is refused", async () => {
  const { group } = groupOf(parrot);
  await assert.rejects(group.turnOf("Nobody", "rules"), { code: "agent-unknown" });
});

test("what is said after the end is a dead letter, and reported", async () => {
  const { group, steps } = groupOf(parrot, counter);
  group.stop();
  group.say({ from: "Orchestrator", text: "Is anybody there?" });
  await group.settle();
  assert.deepEqual(
    steps.eventsOf("dead-letter-seen").map(({ key, to, reason }) => [key, to, reason]),
    [
      ["team-1/DeadLetters/1", "Parrot", "Parrot has been stopped."],
      ["team-1/DeadLetters/2", "Counter", "Counter has been stopped."],
    ],
  );
});
