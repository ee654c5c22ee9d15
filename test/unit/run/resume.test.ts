import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { LoggedEvent } from "../../../src/events/run-event.ts";
import { all } from "../../../src/race/policies.ts";
import { Conversation } from "../../../src/steps/conversation.ts";
import type { ModelExecutor } from "../../../src/steps/executors.ts";
import type { TeamContext } from "../../../src/team/team.ts";
import { answers, engineOf, resumeFrom, scriptedTeam, type EngineSetup } from "./support.ts";

const ask = (content: string) => Conversation.of({ role: "user", content });
const usage = { inputTokens: 3, outputTokens: 2, cachedTokens: 0, costUsd: 0, estimated: false };

/** A model that says what it was asked, and how often it was asked what. */
function echo(asked = new Map<string, number>()): { asked: Map<string, number>; models: ModelExecutor } {
  const execute: ModelExecutor["execute"] = async (messages) => {
    const text = messages.at(-1)?.content ?? "";
    asked.set(text, (asked.get(text) ?? 0) + 1);
    return { reply: { text: `echo ${text}`, finishReason: "stop" }, usage, attempts: 1, retried: [] };
  };
  return { asked, models: { execute, cutOffUsage: async () => ({ ...usage, estimated: true }) } };
}

/** Works in two forks at once, reports, draws, calls a tool. */
async function busy({ steps, team }: TeamContext) {
  await steps.report({ type: "turn-started", turn: 1 });
  const forks = ["Coder", "FileSurfer"].map(async (name) => {
    const fork = steps.fork(name);
    const said: string[] = [];
    for (const part of [1, 2]) {
      said.push((await fork.model({ conversation: ask(`${team} ${name} ${part} ${said.join()}`) })).text);
      await fork.report({ type: "agent-spoke", agent: name, text: said.join() });
    }
    await fork.tool({ tool: "look", arguments: { said } });
    return said.join();
  });
  const said = await Promise.all(forks);
  const drawn = steps.random();
  await steps.model({ conversation: ask(`${team} last ${said.join()} ${drawn}`) });
  return answers("42");
}

const setup = (models: ModelExecutor): EngineSetup => ({
  teams: [scriptedTeam(busy), scriptedTeam(busy)],
  policy: all(),
  models,
});

async function whole(): Promise<readonly LoggedEvent[]> {
  const race = engineOf(setup(echo().models));
  await race.engine.start();
  await race.engine.finished;
  return [...race.log.read()];
}

suite("a run cut off after any of its events", () => {
  test("S1, R1: goes on to the same outcome, asks nothing again that is in the log, and has one of each step", async () => {
    const events = await whole();
    for (let length = 1; length < events.length; length += 1) {
      const before = events.slice(0, length);
      const recorded = finishedKeys(before);
      const { asked, models } = echo();
      const race = await resumeFrom(before, setup(models));
      const receipt = await race.engine.finished;
      assert.equal(receipt.answer, "42", `after ${length} events`);
      const after = [...race.log.read()];
      assert.equal(after.filter(({ type }) => type === "race-decided").length, 1);
      assert.deepEqual(finishedKeys(after), finishedKeys(events), `after ${length} events`);
      const again = finishedKeys(after.slice(length)).filter((key) => recorded.includes(key));
      assert.deepEqual(again, [], `after ${length} events`);
      assert.ok([...asked.values()].every((times) => times === 1));
      assert.deepEqual(toldBy(after), toldBy(events), `after ${length} events`);
      assert.equal(race.clock.pending, 0, `no timer is left after ${length} events`);
    }
  });
});

function finishedKeys(events: readonly LoggedEvent[]): string[] {
  return events.flatMap((event) => (event.type === "step-finished" ? [event.key] : [])).toSorted();
}

/** What each team told, by key. */
function toldBy(events: readonly LoggedEvent[]): string[] {
  return events.flatMap((event) => (event.type === "agent-spoke" ? [`${event.key} ${event.text}`] : [])).toSorted();
}
