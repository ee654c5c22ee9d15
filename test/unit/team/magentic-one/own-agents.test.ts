import assert from "node:assert/strict";
import { test } from "node:test";
import { defineAgent, type AgentDefinition } from "../../../../src/team/magentic-one/define-agent.ts";
import { magenticOneTeam } from "../../../../src/team/magentic-one/magentic-one-team.ts";
import { defaultAgents, type Member } from "../../../../src/team/magentic-one/members.ts";
import { ledgerText, shortLedgerText } from "../support/scripted-steps.ts";
import { play, printing, PROGRAM, start, TASK } from "../support/play-team.ts";

const OPENING = { facts: ["a table"], plan: ["- Ask the Librarian."] };

function librarian(more: Partial<AgentDefinition> = {}): ReturnType<typeof defineAgent> {
  return defineAgent({
    name: "Librarian",
    description: "Knows the shelves.",
    instructions: "You are Librarian.",
    tools: ["look-up"],
    act: async ({ instruction, tool, model }) => {
      const { text } = await tool("look-up", { shelf: 3 });
      return `${instruction} ${text} ${await model("In short?")}`;
    },
    ...more,
  });
}

const members = (...own: Member[]): readonly Member[] => [...defaultAgents, ...own];

for (const [mode, ledger] of [
  ["full-ledger", ledgerText],
  ["short-ledger", shortLedgerText],
] as const) {
  test(`${mode}: an own agent is chosen by its name, and all hear what its tool and its model said`, async () => {
    const { result, steps } = await play(
      {
        replies: {
          ...OPENING,
          ledger: [ledger({ speaker: "the librarian", instruction: "Where?" }), ledger({ satisfied: true })],
          files: ["On the left."],
          final: ["FINAL ANSWER: left"],
        },
        tools: () => ({ text: "Shelf 3 is there.", facts: {} }),
      },
      { mode, agents: members(librarian()) },
    );
    assert.equal(result.outcome, "answered");
    assert.deepEqual(
      steps.tools.map(({ tool, key }) => [tool, key]),
      [["look-up", "team-1/Librarian/1"]],
    );
    const said = steps.eventsOf("agent-spoke").find(({ agent }) => agent === "Librarian")?.text;
    assert.equal(said, "Where? Shelf 3 is there. On the left.");
    const asked = steps.callsOf("files")[0]?.messages ?? [];
    assert.equal(asked[0]?.content, "You are Librarian.");
    assert.equal(asked.at(-1)?.content, "In short?");
    assert.ok(
      steps.callsOf("plan")[0]?.messages.some(({ content }) => content.includes("Librarian: Knows the shelves.")),
    );
  });
}

test("rules: an own agent speaks when it says so, once, and the Coder is told what it found", async () => {
  const speaksUp: AgentDefinition["speaksUp"] = (messages) =>
    messages.some(({ from }) => from === "Librarian") ? undefined : "Where is it?";
  const { result, steps } = await play(
    { replies: { rules_coder: [PROGRAM], final: ["FINAL ANSWER: 42"] } },
    { mode: "rules", agents: members(librarian({ speaksUp, act: async () => "It is on shelf 3." })) },
  );
  assert.equal(result.outcome, "answered");
  assert.deepEqual(
    steps.eventsOf("progress-ledger-written").map(({ ledger }) => ledger.next_speaker.answer),
    ["Librarian", "Coder", "ComputerTerminal", "Coder"],
  );
  assert.match(steps.callsOf("rules_coder")[0]?.messages.at(-1)?.content ?? "", /Librarian: It is on shelf 3\./);
});

test("members can be left out and replaced: only those that are there are chosen, and only their tools are named", () => {
  const coder = defineAgent({ name: "Coder", description: "Codes.", act: async () => "done" });
  const tools = (agents: readonly Member[]) => magenticOneTeam({ agents }).describe("team-1", "m", undefined);
  assert.deepEqual(tools(["Coder", librarian()]).tools, ["look-up"]);
  assert.deepEqual(tools([coder, "ComputerTerminal"]).options?.["agents"], [{ own: "Coder" }, "ComputerTerminal"]);
  assert.deepEqual(magenticOneTeam().describe("team-1", "m", undefined).tools, [
    "terminal",
    ...["list-files", "read-file", "find-in-file", "search-files", "view-image"],
  ]);
  assert.equal(magenticOneTeam().describe("team-1", "m", undefined).options?.["agents"], undefined);
});

test("where rules cannot lead, unusable ledgers give everybody the word in turn, and stalls end the team", async () => {
  const { result, steps } = await play(
    {
      replies: {
        facts: { always: "f" },
        plan: ["p"],
        ledger: { always: "no" },
        plan_update: { always: "p" },
        facts_update: { always: "f" },
      },
    },
    {
      agents: [librarian({ act: async () => "Here." }), librarian({ name: "Clerk", act: async () => "There." })],
      maxReplans: 1,
    },
  );
  assert.equal(result.outcome, "gave-up");
  const spoke = steps.eventsOf("agent-spoke").filter(({ agent }) => agent !== "Orchestrator");
  assert.deepEqual(
    spoke.map(({ agent }) => agent),
    ["Librarian", "Clerk", "Librarian", "Clerk"],
  );
  assert.equal(steps.eventsOf("orchestrator-mode-changed").at(-1)?.mode, "short-ledger");
});

test("a team that rules cannot lead is not started under rules", () => {
  const team = magenticOneTeam({ agents: ["FileSurfer", librarian()], mode: "rules" });
  assert.throws(() => team.describe("team-1", "m", undefined), { code: "team-options", message: /Coder and a Comp/ });
});

test("a tool that an agent does not name is refused to it, and costs it a turn", async () => {
  const { result, steps } = await play(
    {
      replies: {
        ...OPENING,
        ledger: [ledgerText({ speaker: "Librarian" }), ledgerText({ satisfied: true })],
        final: ["FINAL ANSWER: none"],
      },
    },
    { agents: members(librarian({ act: async ({ tool }) => (await tool("terminal", { code: "rm" })).text })) },
  );
  assert.equal(result.outcome, "answered");
  assert.equal(steps.tools.length, 0);
  const said = steps.eventsOf("agent-spoke").find(({ agent }) => agent === "Librarian")?.text ?? "";
  assert.match(said, /Librarian calls the tool "terminal", which it does not name/);
});

test("a fault in an own agent ends its team, with what went wrong", async () => {
  const { solving } = start(
    { replies: { ...OPENING, ledger: [ledgerText({ speaker: "Librarian" })] } },
    { agents: members(librarian({ act: async () => Promise.reject(new TypeError("shelf is undefined")) })) },
  );
  await assert.rejects(solving, /shelf is undefined/);
});

const BAD: readonly (readonly [string, () => unknown, string])[] = [
  ["a path as a name", () => librarian({ name: "a/b" }), "agent-name"],
  ["the Orchestrator's name", () => magenticOneTeam({ agents: [librarian({ name: "orchestrator" })] }), "agent-name"],
  ["a person's name", () => magenticOneTeam({ agents: [librarian({ name: "User" })] }), "agent-name"],
  ["two of one name", () => magenticOneTeam({ agents: [librarian(), librarian()] }), "agent-twice"],
  [
    "names that a model takes for one",
    () => magenticOneTeam({ agents: ["Coder", librarian({ name: "coder" })] }),
    "agent-twice",
  ],
  ["a member nobody knows", () => magenticOneTeam({ agents: ["Codre" as "Coder"] }), "agent-unknown"],
  ["nobody at all", () => magenticOneTeam({ agents: [] }), "agents-none"],
  ["no description", () => librarian({ description: " " }), "agent-description"],
];
for (const [what, make, code] of BAD) test(`${what} is refused: ${code}`, () => assert.throws(make, { code }));

test("the members' order is the one that was given", async () => {
  const { steps } = await play(
    {
      replies: { ...OPENING, ledger: [ledgerText({ satisfied: true })], final: ["FINAL ANSWER: 1"] },
      tools: printing("1"),
    },
    { agents: [librarian(), "Coder"] },
    TASK,
  );
  const roster =
    steps
      .callsOf("plan")[0]
      ?.messages.map(({ content }) => content)
      .join("\n") ?? "";
  assert.ok(roster.indexOf("Librarian") < roster.indexOf("Coder:"));
});
