import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { TeamEvent } from "../../../../src/events/run-event.ts";
import { sizeOf } from "../../../../src/steps/prompt-size.ts";
import type { StepContext } from "../../../../src/steps/step-context.ts";
import { ModelWindow } from "../../../../src/team/context/model-window.ts";
import { windowedSteps } from "../../../../src/team/context/windowed-steps.ts";
import type { Said } from "../../../../src/team/magentic-one/agent.ts";
import { Compaction } from "../../../../src/team/magentic-one/compaction.ts";
import { type Abridgement, Transcript } from "../../../../src/team/magentic-one/transcript.ts";
import { failure, ledger, ScriptedSteps } from "../support/scripted-steps.ts";

const QUESTION = 400;
const LEDGER: Said = { from: "Task ledger", text: "We are working on this request: count the rows." };

interface Setup {
  readonly window: number;
  readonly summary?: string | Error;
  readonly mode?: "full-ledger" | "short-ledger" | "rules";
}

/** A conversation that is led as the Orchestrator leads it: two messages a turn, room made before each. */
function playing({ window: tokens, summary = "FOUND\nnothing yet", mode = "full-ledger" }: Setup) {
  const events: TeamEvent[] = [];
  const prompts: number[] = [];
  const window = new ModelWindow(tokens);
  const steps: StepContext = {
    ...new ScriptedSteps({ replies: {} }).context(),
    report: async (event) => void events.push(event),
    model: ({ conversation }) => {
      prompts.push(sizeOf(conversation));
      return summary instanceof Error
        ? Promise.reject(summary)
        : Promise.resolve({ text: summary, finishReason: "stop" });
    },
  };
  // As in a team: a summary is asked for through the last resort, where the newest messages are very long.
  const compaction = new Compaction({
    window,
    steps: windowedSteps(steps, window),
    question: QUESTION,
    instructions: 60,
  });
  const orchestrator = new Transcript("Orchestrator", "You lead a team.", compaction.lengths);
  const coder = new Transcript("Coder", "You are the Coder.", compaction.lengths);
  const say = (said: Said) => [orchestrator, coder].forEach((transcript) => transcript.add(said));
  const makeRoom = async (): Promise<Abridgement | undefined> => {
    const abridgement = await compaction.makeRoom(orchestrator, ledger() as never, mode);
    if (abridgement) coder.abridge(abridgement);
    return abridgement;
  };
  say(LEDGER);
  return { window, compaction, orchestrator, coder, events, prompts, say, makeRoom };
}

const words = fc.nat(9).map((power) => "the rows of a table were read; ".repeat(2 ** power));
const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 8, arbitrary: words.map((text) => ({ from: "Coder", text })) },
  { weight: 4, arbitrary: words.map((text) => ({ from: "Orchestrator", to: "Coder", text: `Please: ${text}` })) },
  { weight: 1, arbitrary: words.map((text) => ({ from: "User", text: `a person's words, ${text}` })) },
  { weight: 1, arbitrary: words.map((text) => ({ from: "Orchestrator", text: `FINAL ANSWER: seven, ${text}` })) },
);

suite("whatever is said", () => {
  test("conversations fit the window, and show the task ledger, a person's words, answers, and what came last", async () => {
    const setup = fc.record({
      window: fc.integer({ min: 4_000, max: 200_000 }),
      mode: fc.constantFrom("full-ledger", "short-ledger"),
      summary: fc.constantFrom("FOUND\nmuch", failure("model-http"), "so many words ".repeat(2_000)),
    });
    await fc.assert(
      fc.asyncProperty(setup, fc.array(said, { minLength: 1, maxLength: 120 }), async (given, messages) => {
        const team = playing(given);
        for (const [index, each] of messages.entries()) {
          team.say(each);
          if (index % 2 === 0) continue;
          const made = await team.makeRoom();
          if (!made) continue;
          for (const { conversation } of [team.orchestrator, team.coder]) {
            assert.ok(sizeOf(conversation) + QUESTION <= team.window.room(), `${sizeOf(conversation)}`);
            const contents = conversation.messages().map(({ content }) => content);
            assert.equal(contents[1], LEDGER.text);
            assertShown(contents, messages.slice(0, index + 1), team);
          }
        }
        for (const size of team.prompts) assert.ok(size <= given.window, "a summary is asked for within the window");
      }),
      { numRuns: 60 },
    );
  });
});

/** The two newest as they are, but for their length, and of what is telling as much as there is room for. */
function assertShown(contents: readonly string[], messages: readonly Said[], team: ReturnType<typeof playing>): void {
  const beginnings = contents.map((content) => content.slice(0, 12));
  for (const { text } of messages.slice(-2)) assert.ok(beginnings.includes(text.slice(0, 12)));
  const telling = messages.filter(({ from, to }) => from === "User" || (from === "Orchestrator" && to === undefined));
  const shown = contents.filter(
    (content) => content.startsWith("a person's words") || content.startsWith("FINAL ANSWER"),
  );
  const room = (team.window.room() - QUESTION - 60) * 0.1;
  assert.ok(shown.length >= Math.min(telling.length, Math.floor(room / 48)), `${shown.length} of ${telling.length}`);
}

suite("a long conversation", () => {
  const turns = (team: ReturnType<typeof playing>, count: number, text: string) =>
    Array.from({ length: count }).reduce<Promise<void>>(async (before, _, index) => {
      await before;
      team.say({ from: "Orchestrator", to: "Coder", text: `Step ${index}.` });
      team.say({ from: "Coder", text: `${text} ${index}` });
      await team.makeRoom();
    }, Promise.resolve());

  test("long outputs are cut first, without asking a model", async () => {
    const team = playing({ window: 16_000 });
    await turns(team, 8, "output of a program, line by line, ".repeat(300));
    const [first] = team.events;
    assert.ok(first?.type === "context-compacted" && first.dropped === 0 && first.shortened > 0);
    assert.ok(first.tokensAfter < first.tokensBefore * 0.6);
    assert.equal(team.prompts.length, 0);
    assert.ok(team.orchestrator.isAbridged, "what was cut can be read out");
    const cut = team.coder.conversation.messages().find(({ content }) => content.includes("of message 3 are left out"));
    assert.match(cut?.content ?? "", /^output of a program/);
  });

  test("of many messages the old ones give way to the model's summary, with an index by number", async () => {
    const team = playing({ window: 8_000, summary: "FOUND\nThe depth is 7." });
    await turns(team, 400, "a few words about this step, and then some more of them, since one talks");
    assert.ok(team.orchestrator.isAbridged && team.prompts.length > 1);
    const digest = team.coder.conversation.messages()[2];
    assert.equal(digest?.name, "Archive");
    assert.match(digest?.content ?? "", /Messages 2 to \d+ are no longer shown/);
    assert.match(digest?.content ?? "", /The depth is 7\./);
    assert.match(digest?.content ?? "", /The request was not dealt with yet: so it is/);
    assert.match(digest?.content ?? "", /\n\d+ Coder: a few words about this step/);
    assert.match(digest?.content ?? "", /2 to \d+: not listed/);
  });

  test("a weak model, or one that cannot be had, is not relied on: the index says more, and an old summary stays", async () => {
    for (const weak of [{ mode: "short-ledger" as const }, { summary: failure("model-http") }, { summary: " " }]) {
      const team = playing({ window: 8_000, ...weak });
      await turns(team, 400, "a few words about this step, and then some more of them, since one talks at length here");
      const digest = team.orchestrator.conversation.messages()[2]?.content ?? "";
      assert.doesNotMatch(digest, /Summary/);
      assert.match(digest, /since one talks at length here \d+\n/);
    }
  });

  test("under rules no model sees the conversation, and nothing is done", async () => {
    const team = playing({ window: 4_000, mode: "rules" });
    await turns(team, 100, "words ".repeat(50));
    assert.deepEqual(team.events, []);
  });

  test("a new plan begins afresh; numbers go on, and what was dropped can still be read out", async () => {
    const team = playing({ window: 8_000 });
    await turns(team, 300, "a few words about this step, and then some more of them, since one talks");
    team.compaction.forget();
    team.orchestrator.clear();
    team.orchestrator.add(LEDGER);
    assert.equal(team.orchestrator.conversation.length, 2);
    assert.ok(team.orchestrator.isAbridged);
    assert.equal(team.orchestrator.all.length, 602);
  });
});
