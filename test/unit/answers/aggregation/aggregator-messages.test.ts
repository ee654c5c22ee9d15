import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { UsageError } from "../../../../src/base/errors.ts";
import { aggregatorMessages } from "../../../../src/answers/aggregation/aggregator-messages.ts";
import { teamTranscripts, type TeamTranscript } from "../../../../src/answers/aggregation/team-transcripts.ts";
import type { LoggedEvent, RunEvent } from "../../../../src/events/run-event.ts";
import { estimatePromptTokens, estimateTextTokens } from "../../../../src/model/token-estimate.ts";

function transcript(team: string, ...texts: readonly string[]): TeamTranscript {
  const messages = texts.map((text, index) => ({
    name: index % 2 ? "Coder" : "Orchestrator",
    leads: index % 2 === 0,
    text,
  }));
  return { team, messages, stop: `${team} is done.` };
}

const ask = (transcripts: readonly TeamTranscript[], roomTokens: number) =>
  aggregatorMessages({ task: "What is it?", transcripts, roomTokens, tokensOf: estimateTextTokens });

const long = (mark: string) => `${mark} ${"word ".repeat(400)}${mark}`;

test("the paper's structure: preamble, each team's transcript with why it stopped, the question", () => {
  const messages = ask([transcript("team-2", "plan", "code"), transcript("team-1", "other")], 8_000);
  assert.match(messages[0]?.content ?? "", /What is it\?[\s\S]*2 different teams/);
  assert.deepEqual(
    messages.slice(1, -1).map(({ role, name, content }) => [role, name, content.split("\n")[0]]),
    [
      ["user", "Aggregator", "Transcript of team-2:"],
      ["assistant", "Orchestrator", "plan"],
      ["user", "Coder", "code"],
      ["user", "Aggregator", "Why team-2 stopped:"],
      ["user", "Aggregator", "Transcript of team-1:"],
      ["assistant", "Orchestrator", "other"],
      ["user", "Aggregator", "Why team-1 stopped:"],
    ],
  );
  assert.match(messages.at(-1)?.content ?? "", /What is it\?[\s\S]*FINAL ANSWER: /);
});

test("where not all fits, the newest of each team are there, in their order, and no team's crowd out another's", () => {
  const many = Array.from({ length: 30 }, (_, index) => long(`m${index}`));
  const messages = ask([transcript("team-1", ...many), transcript("team-2", long("only"))], 6_000);
  const text = messages.map(({ content }) => content).join("\n");
  assert.match(text, /m29/);
  assert.match(text, /only/);
  assert.doesNotMatch(text, /m0 /);
  assert.ok(text.indexOf("m28 ") < text.indexOf("m29 "), "oldest first");
});

test("a message too long for its share loses its beginning, and says so", () => {
  const huge = `START ${"x".repeat(200_000)} THE END`;
  const messages = ask([transcript("team-1", huge), transcript("team-2", "short")], 6_000);
  const cut = messages.find(({ content }) => content.includes("THE END"));
  assert.match(cut?.content ?? "", /^… \(its beginning is left out\)/);
  assert.ok(messages.some(({ content }) => content === "short"));
});

test("a window that cannot hold the frame is an error that says what it would take", () => {
  assert.throws(
    () => ask([transcript("team-1", "a")], 200),
    (error) => error instanceof UsageError && error.code === "window-too-small",
  );
});

test("whatever the transcripts, the prompt fits into its room, and nothing is consumed", () => {
  const texts = fc.array(fc.string({ maxLength: 3_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(texts, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 4_000, max: 20_000 }),
      (teams, window) => {
        const transcripts = teams.map((own, index) => transcript(`team-${index + 1}`, ...own));
        const before = structuredClone(transcripts);
        const messages = ask(transcripts, window);
        assert.ok(estimatePromptTokens(messages) <= window);
        assert.deepEqual(transcripts, before);
        assert.deepEqual(ask(transcripts, window), messages);
      },
    ),
  );
});

test("transcripts are a fold over the log: ledgers, instructions, what agents said, why the team stopped", () => {
  const logged = (event: RunEvent, scope: string, seq: number) => ({ ...event, scope, seq, time: seq }) as LoggedEvent;
  const events = [
    logged({ type: "task-ledger-written", key: "k", ledger: { facts: "facts", plan: "plan" }, replan: 0 }, "team-1", 1),
    logged({ type: "agent-spoke", key: "k", agent: "Orchestrator", to: "Coder", text: "do it" }, "team-1", 2),
    logged({ type: "agent-spoke", key: "k", agent: "Coder", text: "another team's" }, "team-3", 3),
    logged({ type: "agent-spoke", key: "k", agent: "Coder", text: "done" }, "team-1", 4),
    logged(
      { type: "team-finished", team: "team-1", outcome: "answered", answer: "7", reason: "Satisfied.", turns: 1 },
      "team-1",
      5,
    ),
    logged(
      {
        type: "team-finished",
        team: "team-2",
        outcome: "turn-limit",
        findings: "all I know",
        reason: "30 turns.",
        turns: 30,
      },
      "team-2",
      6,
    ),
  ];
  assert.deepEqual(teamTranscripts(events, ["team-2", "team-1"]), [
    {
      team: "team-2",
      messages: [{ name: "team-2", leads: false, text: "all I know" }],
      stop: "It reached its turn limit.\n30 turns.",
    },
    {
      team: "team-1",
      messages: [
        { name: "Orchestrator", leads: true, text: "facts\n\nplan" },
        { name: "Orchestrator to Coder", leads: true, text: "do it" },
        { name: "Coder", leads: false, text: "done" },
      ],
      stop: "It answered: 7\nSatisfied.",
    },
  ]);
});
