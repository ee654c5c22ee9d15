import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { z } from "zod";
import type { EventOf, LoggedEvent, RunEvent } from "../../../../src/events/run-event.ts";
import { firstAnswers } from "../../../../src/race/policies.ts";
import { Conversation } from "../../../../src/steps/conversation.ts";
import type { ModelExecutor } from "../../../../src/steps/executors.ts";
import type { TeamContext } from "../../../../src/team/team.ts";
import { answers, engineOf, type EngineSetup, resumeFrom, scriptedTeam } from "../support.ts";
import { functionTeam, llm, race } from "../../../../src/index.ts";
import { ScriptedModel } from "../../../../src/testing/index.ts";

const counted = { inputTokens: 30, outputTokens: 20, cachedTokens: 0, costUsd: 0, estimated: false };
const cutOff = { inputTokens: 7, outputTokens: 0, cachedTokens: 0, costUsd: 0, estimated: true };

/** Replies at once, save to `stuck`, which it keeps waiting until the abort; counts what it was asked by whom. */
function model() {
  const asked: string[] = [];
  const sizes: number[] = [];
  const models: ModelExecutor = {
    execute: (messages, _settings, { signal }) => {
      const text = messages.at(-1)?.content ?? "";
      asked.push(text);
      if (text === "stuck") {
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      }
      const reply = { text: "FINAL ANSWER: 42", finishReason: "stop" } as const;
      return Promise.resolve({ reply, usage: counted, attempts: 1, retried: [] });
    },
    cutOffUsage: (messages) => {
      sizes.push(messages.length);
      return Promise.resolve(cutOff);
    },
  };
  return { asked, sizes, models };
}

const ask = ({ steps }: TeamContext, text: string) =>
  steps.model({
    conversation: Conversation.of({ role: "system", content: "You work." }, { role: "user", content: text }),
  });

/** Two that answer, and one that is stuck in its second call. */
function setupWith(models: ModelExecutor): EngineSetup {
  const answering = (answer: string) =>
    scriptedTeam(async (context) => {
      await ask(context, `${context.team} works`);
      return answers(answer);
    });
  const stuck = scriptedTeam(async (context) => {
    await ask(context, "team-3 works");
    await ask(context, "stuck");
    return answers("never");
  });
  return {
    teams: [answering("41"), answering("42"), stuck],
    policy: firstAnswers(2),
    models,
    aggregate: { kind: "llm", model: "judge", windowTokens: 8_000 },
  };
}

async function whole(): Promise<readonly LoggedEvent[]> {
  const race = engineOf(setupWith(model().models));
  await race.engine.start();
  await race.engine.finished;
  return [...race.log.read()];
}

function of<Type extends RunEvent["type"]>(events: readonly LoggedEvent[], type: Type) {
  return events.filter((event): event is LoggedEvent & EventOf<Type> => event.type === type);
}

/** The teams that have something to do in the process that resumes: the only ones that it makes again. */
function livingAfter(events: readonly LoggedEvent[]): string[] {
  const answered = of(events, "team-finished").filter(({ outcome }) => outcome === "answered").length;
  if (answered >= 2) return [];
  const ended = of(events, "team-finished").map(({ team }) => team);
  return ["team-1", "team-2", "team-3"].filter((team) => !ended.includes(team));
}

suite("a run whose answers are aggregated, cut off after any of its events", () => {
  test("R1, S1: goes on to one outcome, without the code of those who were stopped", async () => {
    const events = await whole();
    for (let length = 1; length < events.length; length += 1) {
      const before = events.slice(0, length);
      const { asked, models } = model();
      const race = await resumeFrom(before, { ...setupWith(models), present: livingAfter(before) });
      const receipt = await race.engine.finished;
      const at = `after ${length} events`;
      assert.deepEqual([receipt.answer, receipt.winner], ["42", "team-2"], at);
      const after = [...race.log.read()];
      assert.equal(of(after, "race-decided").length, 1, at);
      assert.equal(of(after, "answers-aggregated").length, 1, at);
      assert.deepEqual(
        of(after, "team-finished")
          .map(({ team }) => team)
          .toSorted(),
        ["team-1", "team-2", "team-3"],
        at,
      );
      assert.equal(new Set(asked).size, asked.length, `${at}: nothing is asked twice`);
      assert.equal(race.clock.pending, 0, `${at}: no timer is left`);
    }
  });

  test("what was under way in a process that died is in the receipt, as an estimate, once", async () => {
    const events = await whole();
    for (let length = 1; length < events.length; length += 1) {
      const before = events.slice(0, length);
      const { models } = model();
      const race = await resumeFrom(before, { ...setupWith(models), present: livingAfter(before) });
      const { usage, teams } = await race.engine.finished;
      const after = [...race.log.read()];
      const spent = [...of(after, "step-finished"), ...of(after, "step-restarted")].flatMap((each) => each.usage ?? []);
      const tokens = spent.reduce((sum, each) => sum + each.inputTokens + each.outputTokens, 0);
      assert.equal(usage.tokens, tokens, `after ${length} events`);
      const ended = of(after, "step-finished").map(({ key }) => key);
      const begun = of(after, "step-started").map(({ key }) => key);
      assert.deepEqual(begun.toSorted(), ended.toSorted(), `after ${length} events: every call has its end`);
      const isLeft = livingAfter(before).length === 0 && endOf(before, "team-3/2") === undefined;
      if (!isLeft) continue;
      assert.equal(endOf(after, "team-3/2")?.usage?.estimated, true, `after ${length} events`);
      const stuck = teams.find(({ team }) => team === "team-3");
      assert.equal(stuck?.usage.estimated, true);
      assert.equal(stuck.usage.tokens, 57);
    }
  });

  test("the estimate is of all that was asked, messages that earlier calls shared included", async () => {
    const events = await whole();
    const decided = events.findIndex(({ type }) => type === "race-decided");
    const before = events.slice(0, decided + 1).filter((event) => !isEndOf(event, "team-3"));
    const { models, sizes } = model();
    const race = await resumeFrom(before, { ...setupWith(models), present: [] });
    const receipt = await race.engine.finished;
    assert.deepEqual(sizes, [2]);
    assert.equal(receipt.afterWin.callsAborted, 1);
    assert.equal(receipt.afterWin.tokens, 7);
  });
});

test("R2: what a program's schema refuses is no answer of the aggregator's: the vote counts, and the result keeps the schema", async () => {
  const schema = z.object({ n: z.number().refine((n) => n % 2 === 0, "it must be even") });
  const judge = new ScriptedModel([{ text: 'FINAL ANSWER: {"n": 3}', repeat: true }], { id: "judge" });
  const team = (n: number) => functionTeam(`says ${n}`, () => Promise.resolve(JSON.stringify({ n })));
  const run = race({
    task: "?",
    teams: [team(2), team(2), team(4)],
    schema,
    aggregate: llm({ model: "judge" }),
    models: [judge],
    store: "memory",
  });
  const { value, winner, why } = await run.result;
  assert.deepEqual([value, winner], [{ n: 2 }, "team-1"]);
  assert.match(why, /No model could make one answer of them: .*it must be even/);
  await run.receipt;
});

function endOf(events: readonly LoggedEvent[], key: string) {
  return of(events, "step-finished").find((event) => event.key === key);
}

/** The end of a team that was stopped, and of its last step. */
function isEndOf(event: LoggedEvent, team: string): boolean {
  if (event.type === "team-finished") return event.team === team;
  return event.type === "step-finished" && event.key === `${team}/2`;
}
