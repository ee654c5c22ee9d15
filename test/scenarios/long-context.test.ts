import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Message } from "../../src/events/message.ts";
import type { EventOf, LoggedEvent } from "../../src/events/run-event.ts";
import type { ToolExecutor } from "../../src/steps/executors.ts";
import { magenticOneTeam } from "../../src/team/magentic-one/magentic-one-team.ts";
import { engineOf, resumeFrom, type EngineSetup } from "../unit/run/support.ts";
import { WindowedModel } from "./windowed-model.ts";

const WINDOW = 8_000;
const TURNS = 300;
/** The turn in which the Orchestrator has the Archive find what was said in turn 2. */
const RECALL = 200;
/** What the model has found out or heard by turn 2: the fact sheet's fact, its first answer, why that was not accepted. */
const KNOWN = ["amber-17", "first-try", "wrong-because-of-rust"];
/** What its own summaries carry on. */
const OPEN = "Which colour has it?";
const NEEDLE = "needle-4711";

const yes = { reason: "it was checked", answer: true };
const no = { reason: "not yet", answer: false };

const WORDS =
  "the rows of a table were read and sorted by their depth, then counted; nothing else was found there".split(" ");

/** Words that say what they are about, and nothing. */
function filler(about: string, words: number): string {
  return `${about}: ${Array.from({ length: words }, (_, index) => WORDS[index % WORDS.length]).join(" ")}`;
}

/** Plays a Magentic-One model that knows no more than its prompt says. */
function reply(messages: readonly Message[]): string {
  const last = messages.at(-1)?.content ?? "";
  const all = messages.map(({ content }) => content).join("\n");
  if (last.includes("pre-survey")) return "1. GIVEN OR VERIFIED\nIts name is amber-17.";
  if (last.includes("bullet-point plan")) return "- Coder writes\n- ComputerTerminal runs";
  if (last.includes("under these four headings")) return `FOUND\n${filler("By now", 150)}\nOPEN\n${OPEN}`;
  if (last.includes("is_request_satisfied")) return JSON.stringify(ledgerOf(all));
  if (last.includes("FINAL ANSWER")) return finalAnswer(all);
  const turn = Number(/turn (\d+)/.exec(last)?.[1] ?? 0);
  const said = turn === 2 ? `The word is ${NEEDLE}. ` : "";
  return `${said}${filler(`In turn ${turn}`, 60)}\n\n\`\`\`python\nprint(${turn})\n\`\`\``;
}

/** All that it still sees of what was there at the beginning; the first time that is little. */
function finalAnswer(all: string): string {
  const known = [...KNOWN, OPEN].filter((each) => all.includes(each));
  return known.length < 3 ? "I try.\nFINAL ANSWER: first-try" : `FINAL ANSWER: ${known.join(" + ")}`;
}

/** The newest instruction tells which turn it is. */
function ledgerOf(all: string): object {
  const turn = Math.max(0, ...[...all.matchAll(/Do turn (\d+)/g)].map(([, number]) => Number(number))) + 1;
  const satisfied = turn > TURNS || (turn === 3 && !all.includes("first-try"));
  const instruction = turn === RECALL ? `Do turn ${turn}: find "needle"` : `Do turn ${turn} of many.`;
  return {
    is_request_satisfied: satisfied ? yes : no,
    is_in_loop: no,
    is_progress_being_made: yes,
    next_speaker: { reason: "so", answer: turn === RECALL ? "Archive" : turn % 2 === 0 ? "Coder" : "ComputerTerminal" },
    instruction_or_question: { reason: "so", answer: instruction },
  };
}

/** Programs print little, at times a page, once many times what the window holds. */
function tools(): ToolExecutor {
  return {
    declare: () => ({ effect: "read", egress: [] }),
    execute: async (_tool, { code }) => {
      const number = Number(/\d+/.exec(String(code))?.[0] ?? 0);
      const words = number === 50 ? 40_000 : number % 10 === 0 ? 900 : 20;
      return { text: `${filler(`Line ${number}`, words)}\n`, facts: { exitCode: 0, printed: true } };
    },
    reopen: async () => true,
  };
}

function setup(contextWindow = WINDOW): EngineSetup & { readonly models: WindowedModel } {
  return {
    teams: [magenticOneTeam({ maxTurns: TURNS, contextWindow })],
    models: new WindowedModel(WINDOW, reply),
    tools: tools(),
    accept: async ({ answer }) =>
      answer === "first-try"
        ? { verdict: "reject", reason: "wrong-because-of-rust" }
        : { verdict: "accept", reason: "so it is" },
  };
}

type Receipt = EventOf<"run-finished">;

async function whole() {
  const given = setup();
  const race = engineOf(given);
  await race.engine.start();
  const receipt: Receipt = await race.engine.finished;
  return { receipt, events: [...race.log.read()], model: given.models };
}

/** Whose prompts these are, by their first messages. */
function byAgent({ prompts }: WindowedModel): string[][] {
  const agents = Map.groupBy(prompts, ({ messages }) => messages[0]?.content ?? "");
  return [...agents.values()].map((seen) => seen.map(({ messages }) => JSON.stringify(messages)));
}

/** The share of a prompt that the one before it began with: what a provider's prompt cache can serve. */
function sharedShares(prompts: readonly string[]): number[] {
  return prompts.slice(1).map((prompt, index) => {
    const before = prompts[index] ?? "";
    let shared = 0;
    while (shared < before.length && prompt[shared] === before[shared]) shared += 1;
    return shared / prompt.length;
  });
}

suite("300 turns with a model that takes 8,000 tokens", async () => {
  const { receipt, events, model } = await whole();
  const compactions = events.filter((event) => event.type === "context-compacted");

  test("no prompt is ever longer than its window, though one output alone is many times as long", () => {
    assert.equal(receipt.outcome, "answered", receipt.why);
    assert.equal(receipt.teams[0]?.turns, TURNS);
    assert.equal(model.refused, 0);
    const longest = Math.max(...model.prompts.map(({ tokens }) => tokens));
    assert.ok(longest < WINDOW, `${longest}`);
    // What is kept within half of the window wastes the rest of it.
    assert.ok(longest > WINDOW / 2, `${longest}`);
    assert.ok(events.some((event) => event.type === "agent-spoke" && event.text.length > 20 * WINDOW));
  });

  test("what was known in turn 1, the answer that was not accepted, why, and open questions are known at the end", () => {
    assert.equal(receipt.answer, [...KNOWN, OPEN].join(" + "));
  });

  test("what was dropped is read out again by the Archive, found by words", () => {
    const asked = model.prompts.findIndex(({ messages }) => messages.at(-1)?.content.includes(`Do turn ${RECALL}:`));
    assert.equal(asked, -1, "the Archive asks no model");
    const holds = model.prompts.map(({ messages }) => messages.some(({ content }) => content.includes(NEEDLE)));
    const lost = holds.lastIndexOf(true, holds.indexOf(false, holds.indexOf(true)));
    const again = holds.indexOf(true, lost + 1);
    assert.ok(again > lost + 100, "it was out of sight for long, then in sight again");
    const spoke = events.filter((event) => event.type === "agent-spoke" && event.agent === "Archive");
    assert.equal(spoke.length, 1);
    assert.ok(spoke[0]?.type === "agent-spoke" && /^Message \d+, Coder:\nThe word is needle-4711/.test(spoke[0].text));
  });

  test("prompts go on beginning with the ones before, since compactions are few", () => {
    assert.ok(compactions.length > 5 && compactions.length < TURNS / 5, `${compactions.length}`);
    const shares = byAgent(model).flatMap(sharedShares);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    assert.ok(mean > 0.7, `${mean}`);
  });

  test("L4: the log grows with what is said, not with what is shown again", () => {
    const third = Math.floor(events.length / 3);
    for (const from of [0, third, 2 * third]) {
      const part = events.slice(from, from + third);
      const steps = part.filter((event) => event.type === "step-started" && event.step.kind === "model").length;
      // A prompt is some 15,000 characters long.
      assert.ok(addedBytes(part) / steps < 1_200, `${addedBytes(part) / steps} a step from event ${from} on`);
    }
  });

  test("S1, S4: cut off anywhere, also within a compaction, it goes on with the very same prompts", async () => {
    const asked = model.prompts.map(({ messages }) => JSON.stringify(messages));
    const summary = events.findIndex(({ type }, index) => index > events.length / 2 && type === "context-compacted");
    for (const length of [Math.floor(events.length / 9), summary - 1, events.length - 30]) {
      const again = setup();
      const race = await resumeFrom(events.slice(0, length), again);
      const resumed = await race.engine.finished;
      assert.equal(resumed.answer, receipt.answer, `after ${length} events: ${resumed.why}`);
      const prompts = again.models.prompts.map(({ messages }) => JSON.stringify(messages));
      assert.ok(prompts.length > 0);
      assert.deepEqual(prompts, asked.slice(-prompts.length), `after ${length} events`);
      const told = [...race.log.read()].filter(({ type }) => type === "context-compacted");
      assert.equal(told.length, compactions.length);
    }
  });
});

test("a window that nobody told is learned from a refusal, and the run goes on within it; a resume learns the same", async () => {
  // More than the model takes: no more than the default is for one that nobody knows.
  const believed = 32_768;
  const given = setup(believed);
  const race = engineOf(given);
  await race.engine.start();
  const receipt = await race.engine.finished;
  assert.equal(receipt.outcome, "answered", receipt.why);
  assert.ok(given.models.refused > 0 && given.models.refused < 6, `${given.models.refused}`);
  const events = [...race.log.read()];
  const failed = events.findLastIndex((event) => event.type === "step-finished" && event.status === "failed");
  assert.ok(failed < events.length / 3, "once it is learned, nothing is refused any more");
  const again = setup(believed);
  const resumed = await resumeFrom(events.slice(0, failed + 40), again);
  assert.equal((await resumed.engine.finished).answer, receipt.answer);
  assert.equal(again.models.refused, 0);
  const asked = given.models.prompts.map(({ messages }) => JSON.stringify(messages));
  const prompts = again.models.prompts.map(({ messages }) => JSON.stringify(messages));
  assert.deepEqual(prompts, asked.slice(-prompts.length));
});

/** Bytes of messages that steps add to conversations, each text once: what a log stores of them. */
function addedBytes(events: readonly LoggedEvent[]): number {
  const texts = new Set<string>();
  let bytes = 0;
  for (const event of events) {
    if (event.type !== "step-started" || event.step.kind !== "model") continue;
    for (const { content } of event.step.conversation.added) {
      // Long texts are stored once a run.
      bytes += content.length > 256 && texts.has(content) ? 64 : content.length;
      texts.add(content);
    }
  }
  return bytes;
}
