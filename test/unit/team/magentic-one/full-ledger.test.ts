import assert from "node:assert/strict";
import { test } from "node:test";
import { ledger, ledgerText } from "../support/scripted-steps.ts";
import { play, PROGRAM } from "../support/play-team.ts";

const OPENING = { facts: ["1. GIVEN OR VERIFIED: a table"], plan: ["- Coder writes a program."] };
const SOLVED = [
  ledgerText({ speaker: "Coder", instruction: "Count the rows." }),
  ledgerText({ speaker: "ComputerTerminal", instruction: "Run it." }),
  ledgerText({ satisfied: true }),
];

test("a team makes facts and plan, works by the progress ledger, and answers", async () => {
  const { result, steps } = await play({
    replies: { ...OPENING, ledger: SOLVED, coder: [PROGRAM], final: ["We counted.\nFINAL ANSWER: 42"] },
  });
  assert.deepEqual(result, {
    outcome: "answered",
    answer: "42",
    findings: "We counted.\nFINAL ANSWER: 42",
    reason: "so it is",
    turns: 2,
  });
  assert.deepEqual(
    steps.events.map(({ type }) => type),
    [
      "task-ledger-written",
      ...["progress-ledger-written", "turn-started", "agent-spoke", "agent-spoke"],
      ...["progress-ledger-written", "turn-started", "agent-spoke", "agent-spoke"],
      ...["progress-ledger-written", "agent-spoke"],
    ],
  );
});

test("the task ledger holds facts and plan and is given to every agent, with all that is said", async () => {
  const { steps } = await play({
    replies: {
      ...OPENING,
      ledger: [...SOLVED.slice(0, 2), ledgerText({ speaker: "Coder", instruction: "Check it." }), SOLVED[2] ?? ""],
      coder: [PROGRAM, "It is right."],
      final: ["FINAL ANSWER: 42"],
    },
  });
  const second = steps.callsOf("coder")[1]?.messages ?? [];
  assert.deepEqual(
    second.map(({ role }) => role),
    ["system", "user", "user", "assistant", "user", "user", "user"],
  );
  for (const part of ["How many rows", "a table", "Coder writes a program", "FileSurfer:"]) {
    assert.ok(second[1]?.content.includes(part), part);
  }
  assert.deepEqual(second.slice(3), [
    { role: "assistant", content: PROGRAM },
    { role: "user", name: "Orchestrator to ComputerTerminal", content: "Run it." },
    { role: "user", name: "ComputerTerminal", content: "42\n" },
    { role: "user", name: "Orchestrator to Coder", content: "Check it." },
  ]);
});

test("L4: what is said stands in a conversation as it was said; who spoke stands beside it", async () => {
  const { steps } = await play({
    replies: { ...OPENING, ledger: SOLVED, coder: [PROGRAM], final: ["FINAL ANSWER: 42"] },
  });
  const said = steps.callsOf("ledger").at(-1)?.messages.slice(2, -1);
  assert.deepEqual(said, [
    { role: "assistant", name: "Orchestrator to Coder", content: "Count the rows." },
    { role: "user", name: "Coder", content: PROGRAM },
    { role: "assistant", name: "Orchestrator to ComputerTerminal", content: "Run it." },
    { role: "user", name: "ComputerTerminal", content: "42\n" },
  ]);
});

test("S1: each agent works under keys of its own", async () => {
  const { steps } = await play({
    replies: { ...OPENING, ledger: SOLVED, coder: [PROGRAM], final: ["FINAL ANSWER: 42"] },
  });
  assert.deepEqual(
    steps.calls.map(({ kind, key }) => `${kind} ${key}`),
    [
      "facts team-1/Orchestrator/1",
      "plan team-1/Orchestrator/2",
      "ledger team-1/Orchestrator/4",
      "coder team-1/Coder/1",
      "ledger team-1/Orchestrator/8",
      "ledger team-1/Orchestrator/12",
      "final team-1/Orchestrator/14",
    ],
  );
  assert.deepEqual(
    steps.tools.map(({ key, tool, arguments: args }) => ({ key, tool, args })),
    [{ key: "team-1/ComputerTerminal/1", tool: "terminal", args: { language: "python", code: "print(42)\n" } }],
  );
});

test("S1: two plays of one script are the same, event for event", async () => {
  const script = { replies: { ...OPENING, ledger: SOLVED, coder: [PROGRAM], final: ["FINAL ANSWER: 42"] } };
  const [first, second] = [await play(script), await play(script)];
  assert.deepEqual(second.steps.events, first.steps.events);
  assert.deepEqual(
    second.steps.calls.map(({ messages }) => messages),
    first.steps.calls.map(({ messages }) => messages),
  );
});

test("each ledger question begins with the one before: only the question itself is not kept", async () => {
  const { steps } = await play({
    replies: { ...OPENING, ledger: SOLVED, coder: [PROGRAM], final: ["FINAL ANSWER: 42"] },
  });
  const [first, second, third] = steps.callsOf("ledger").map(({ messages }) => messages.slice(0, -1));
  assert.deepEqual(second?.slice(0, first?.length), first);
  assert.deepEqual(third?.slice(0, second?.length), second);
});

test("stalls rise on no progress and on a loop, and fall on progress, not below zero", async () => {
  const { result, steps } = await play({
    replies: {
      ...OPENING,
      ledger: [
        ledgerText(),
        ledgerText({ progress: false }),
        ledgerText({ loop: true }),
        ledgerText(),
        ledgerText(),
        ledgerText(),
        ledgerText({ satisfied: true }),
      ],
      coder: { always: "Thinking." },
      final: ["FINAL ANSWER: 1"],
    },
  });
  assert.equal(result.outcome, "answered");
  assert.deepEqual(
    steps.eventsOf("stall-counted").map(({ stalls, limit, reason }) => [stalls, limit, reason]),
    [
      [1, 3, "no progress: as seen"],
      [2, 3, "in a loop: as said"],
      [1, 3, "down by one, there is progress: as seen"],
      [0, 3, "down by one, there is progress: as seen"],
    ],
  );
});

test("a re-plan rewrites facts and plan, resets the stalls and makes every agent forget", async () => {
  const { result, steps } = await play(
    {
      replies: {
        ...OPENING,
        ledger: [
          ledgerText({ progress: false, instruction: "An old instruction." }),
          ledgerText({ progress: false }),
          ledgerText({ progress: false }),
          ledgerText({ satisfied: true }),
        ],
        facts_update: ["new facts"],
        plan_update: ["new plan"],
        coder: { always: "Thinking." },
        final: ["FINAL ANSWER: 1"],
      },
    },
    { maxStalls: 2 },
  );
  assert.equal(result.outcome, "answered");
  assert.deepEqual(
    steps.eventsOf("task-ledger-written").map(({ replan, ledger }) => [replan, ledger.plan]),
    [
      [0, "- Coder writes a program."],
      [1, "new plan"],
    ],
  );
  const stalls = steps.eventsOf("stall-counted").map((event) => event.stalls);
  assert.deepEqual(stalls, [1, 2, 1], "the counter begins anew with the plan");
  const [before, after] = steps.callsOf("coder").map(({ messages }) => messages);
  assert.equal(before?.length, 3);
  assert.equal(after?.length, 3, "instructions, new task ledger, instruction");
  assert.match(after?.[1]?.content ?? "", /new facts[\s\S]*new plan/);
  const update = steps.callsOf("facts_update")[0]?.messages ?? [];
  assert.ok(
    update.some(({ content }) => content.includes("An old instruction.")),
    "facts are updated in view of all",
  );
  assert.match(update.at(-1)?.content ?? "", /1\. GIVEN OR VERIFIED: a table/);
});

test("R2: a team that stalls for ever gives up after its re-plans, with its findings", async () => {
  const { result, steps } = await play(
    {
      replies: {
        ...OPENING,
        ledger: { always: ledgerText({ progress: false }) },
        facts_update: { always: "The table has two columns." },
        plan_update: { always: "- Try again." },
        coder: { always: "It must be about 40 rows." },
      },
    },
    { maxStalls: 3, maxReplans: 2, maxTurns: 30 },
  );
  assert.equal(result.outcome, "gave-up");
  assert.equal(result.turns, 6, "two turns before each third stall, in three plans");
  assert.equal(steps.callsOf("plan_update").length, 2);
  assert.match(result.reason, /Stalled again after 2 new plans \(no progress: as seen\)/);
  assert.match(result.findings, /two columns[\s\S]*about 40 rows/);
});

test("R2: the turn limit is exact, and its exit is no answer", async () => {
  for (const maxTurns of [1, 3]) {
    const { result, steps } = await play(
      { replies: { ...OPENING, ledger: { always: ledgerText() }, coder: { always: "On my way." } } },
      { maxTurns },
    );
    assert.equal(result.outcome, "turn-limit");
    assert.equal(result.turns, maxTurns);
    assert.equal(steps.callsOf("coder").length, maxTurns);
    assert.equal(steps.eventsOf("turn-started").length, maxTurns);
    assert.equal(steps.callsOf("final").length, 0);
    assert.match(result.findings, /On my way/);
  }
});

test("what the last turn found still answers", async () => {
  const { result } = await play(
    {
      replies: {
        ...OPENING,
        ledger: [ledgerText(), ledgerText({ satisfied: true })],
        coder: ["It is 7."],
        final: ["FINAL ANSWER: 7"],
      },
    },
    { maxTurns: 1 },
  );
  assert.equal(result.outcome, "answered");
});

test("fault: an unknown next speaker is repaired", async () => {
  const { result, steps } = await play({
    replies: {
      ...OPENING,
      ledger: [ledgerText({ speaker: "NoSuchAgent" }), ledgerText(), ledgerText({ satisfied: true })],
      coder: ["It is 7."],
      final: ["FINAL ANSWER: 7"],
    },
  });
  assert.equal(result.outcome, "answered");
  assert.match(steps.eventsOf("ledger-rejected")[0]?.problem ?? "", /nobody in the team is called "NoSuchAgent"/);
  assert.match(steps.callsOf("ledger")[1]?.messages.at(-1)?.content ?? "", /Coder, ComputerTerminal, FileSurfer/);
});

test("fault: a model that insists on an unknown speaker gets the one whom the rules would take", async () => {
  const { result, steps } = await play({
    replies: {
      ...OPENING,
      ledger: [
        ledgerText({ speaker: "Programmer", instruction: "Write the program." }),
        ledgerText({ speaker: "Programmer", instruction: "Write the program." }),
        ledgerText({ satisfied: true }),
      ],
      coder: ["It is 7."],
      final: ["FINAL ANSWER: 7"],
    },
  });
  assert.equal(result.outcome, "answered");
  assert.equal(steps.eventsOf("progress-ledger-written")[0]?.ledger.next_speaker.answer, "Coder");
});

for (const speaker of ["coder", "Computer Terminal", "**Coder**", "the ComputerTerminal agent"]) {
  test(`a speaker written as "${speaker}" is understood`, async () => {
    const { steps } = await play({
      replies: {
        ...OPENING,
        ledger: [ledgerText({ speaker }), ledgerText({ satisfied: true })],
        coder: { always: "It is 7." },
        final: ["FINAL ANSWER: 7"],
      },
    });
    assert.equal(steps.eventsOf("ledger-rejected").length, 0);
    assert.match(steps.eventsOf("agent-spoke")[0]?.to ?? "", /^(Coder|ComputerTerminal)$/);
  });
}

const withoutKey = (key: string) => {
  const broken: Record<string, unknown> = ledger();
  delete broken[key];
  return JSON.stringify(broken);
};
const MALFORMED: readonly [fault: string, reply: string][] = [
  ["prose instead of JSON", "I think we should go on {is_request_satisfied: maybe}"],
  ["is_request_satisfied missing", withoutKey("is_request_satisfied")],
  ["next_speaker missing", withoutKey("next_speaker")],
  ["null", "null"],
  ["cut off", ledgerText().slice(0, 100)],
  ["two JSON objects that differ", `${ledgerText()}\n${ledgerText({ instruction: "Something else." })}`],
  ["nothing", ""],
];
for (const [fault, reply] of MALFORMED) {
  test(`fault: a ledger that is ${fault} is shown to the model with what is wrong, and repaired`, async () => {
    const { result, steps } = await play({
      replies: {
        ...OPENING,
        ledger: [reply, ledgerText(), ledgerText({ satisfied: true })],
        coder: ["It is 7."],
        final: ["FINAL ANSWER: 7"],
      },
    });
    assert.equal(result.outcome, "answered");
    assert.equal(steps.eventsOf("ledger-rejected").length, 1);
    assert.equal(steps.eventsOf("stall-counted").length, 0);
  });
}

const FORGIVEN: readonly [form: string, reply: string][] = [
  ["in a fence", `Here it is:\n\`\`\`json\n${ledgerText()}\n\`\`\``],
  ["said twice alike", `\`\`\`json\n${ledgerText()}\n\`\`\`\nor\n\`\`\`json\n${ledgerText()}\n\`\`\``],
  ["with booleans as strings", ledgerText({ satisfied: "false", loop: "false", progress: "true" })],
  ["in the short form", JSON.stringify(Object.fromEntries(Object.entries(ledger()).map(([k, v]) => [k, v.answer])))],
];
for (const [form, reply] of FORGIVEN) {
  test(`fault: a ledger ${form} is taken for what it says`, async () => {
    const { result, steps } = await play({
      replies: {
        ...OPENING,
        ledger: [reply, ledgerText({ satisfied: true })],
        coder: ["It is 7."],
        final: ["FINAL ANSWER: 7"],
      },
    });
    assert.equal(result.outcome, "answered");
    assert.equal(result.turns, 1, '"false" does not end the task');
    assert.equal(steps.eventsOf("ledger-rejected").length, 0);
  });
}

test("an empty final answer is asked for once more", async () => {
  const { result, steps } = await play({
    replies: { ...OPENING, ledger: [ledgerText({ satisfied: true })], final: ["", "FINAL ANSWER: 7"] },
  });
  assert.equal(result.outcome === "answered" && result.answer, "7");
  assert.equal(steps.callsOf("final")[1]?.messages.at(-2)?.content, "(an empty reply)");
});

for (const reply of ["", "FINAL ANSWER:   ", "\u0000\uFFFD garbage", "I would say it is 7, or maybe 8."]) {
  test(`R2: a final reply of ${JSON.stringify(reply)}, twice, is a give-up`, async () => {
    const { result } = await play({
      replies: { ...OPENING, ledger: [ledgerText({ satisfied: true })], final: [reply, reply] },
    });
    assert.equal(result.outcome, "gave-up");
    assert.match(result.reason, /no final answer/);
  });
}

test("R2: a final reply that was cut off in its answer is asked for again", async () => {
  const { result } = await play({
    replies: {
      ...OPENING,
      ledger: [ledgerText({ satisfied: true })],
      final: [{ text: "FINAL ANSWER: 12", finishReason: "length" }, "FINAL ANSWER: 1234"],
    },
  });
  assert.equal(result.outcome === "answered" && result.answer, "1234");
});
