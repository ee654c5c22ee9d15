import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { LoggedEvent, RunEvent } from "../../../src/events/run-event.ts";
import { Conversation } from "../../../src/steps/conversation.ts";
import type { ModelExecutor } from "../../../src/steps/executors.ts";
import type { StepContext } from "../../../src/steps/step-context.ts";
import { answers, engineOf, logWith, RESUMED, resumeFrom, scriptedTeam, type EngineSetup } from "./support.ts";

const usage = { inputTokens: 3, outputTokens: 2, cachedTokens: 0, costUsd: 0, estimated: false };
const ask = (content: string) => ({ conversation: Conversation.of({ role: "user", content }) });

/** A model that answers at once, and what it was asked. */
function echo(): { asked: string[]; models: ModelExecutor } {
  const asked: string[] = [];
  const execute: ModelExecutor["execute"] = async (messages) => {
    const text = messages.at(-1)?.content ?? "";
    asked.push(text);
    return { reply: { text: `echo ${text}`, finishReason: "stop" }, usage, attempts: 1, retried: [] };
  };
  return { asked, models: { execute, cutOffUsage: async () => usage } };
}

async function played(setup: EngineSetup): Promise<LoggedEvent[]> {
  const race = engineOf(setup);
  await race.engine.start();
  await race.engine.finished;
  return [...race.log.read()];
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

suite("the order in which things come to a team", () => {
  test("S1: results of one commit come one at a time, in log order, however far each has to go", async () => {
    const heard: string[] = [];
    const team = scriptedTeam(async ({ steps }) => {
      const far = async (fork: StepContext) => {
        await fork.model(ask("far"));
        await turns(50);
        heard.push("far");
      };
      const near = async (fork: StepContext) => {
        await fork.model(ask("near"));
        heard.push("near");
      };
      await Promise.all([far(steps.fork("Far")), near(steps.fork("Near"))]);
      return answers(heard.join());
    });
    const events = await played({ teams: [team], models: echo().models });
    const inLog = events.flatMap((event) => (event.type === "step-finished" ? [event.key] : []));
    assert.deepEqual(inLog, ["team-1/Far/1", "team-1/Near/1"]);
    assert.deepEqual(heard, ["far", "near"]);
  });

  test("S1: what takes no step comes before the first recorded result, as it did", async () => {
    const team = scriptedTeam(async ({ steps }) => {
      const thinks = turns(20).then(() => "thought");
      const first = await Promise.race([steps.fork("Coder").model(ask("slow")), thinks]);
      const { text } = await steps.model(ask(typeof first === "string" ? first : first.text));
      return answers(text);
    });
    const events = await played({ teams: [team], models: echo().models });
    for (let length = 2; length < events.length; length += 1) {
      const again = await resumeFrom(events.slice(0, length), { teams: [team], models: echo().models });
      assert.equal((await again.engine.finished).answer, "echo thought", `after ${length} events`);
    }
  });

  test("S1: a verdict that came before the crash is heard behind all that was heard before it", async () => {
    const heard: string[] = [];
    const verdict = Promise.withResolvers<void>();
    const team = scriptedTeam(async ({ steps }) => {
      heard.length = 0;
      const aside = steps
        .fork("Coder")
        .model(ask("aside"))
        .then(() => heard.push("aside"));
      const reply = await steps.propose({ answer: "42", findings: "", reason: "", turns: 1 });
      heard.push(reply.kind);
      await aside;
      return answers("42");
    });
    const accept = async () => {
      await verdict.promise;
      return { verdict: "accept" as const, reason: "" };
    };
    const { models } = echo();
    const slow: ModelExecutor = {
      ...models,
      execute: async (...call) => {
        const outcome = await models.execute(...call);
        // Judged and heard after the reply.
        setImmediate(() => verdict.resolve());
        return outcome;
      },
    };
    const events = await played({ teams: [team], models: slow, accept });
    assert.deepEqual(heard, ["aside", "accepted"]);
    const answered = events.findIndex(({ type }) => type === "proposal-answered");
    const again = await resumeFrom(events.slice(0, answered), { teams: [team], models, accept });
    await again.engine.finished;
    assert.deepEqual(heard, ["aside", "accepted"]);
  });

  test("S1, S4: what was sent after the crash waits until the team is where it was", async () => {
    const heard: string[] = [];
    const team = scriptedTeam(async ({ steps }) => {
      heard.length = 0;
      for (const part of [1, 2, 3]) {
        for (const input of await steps.inputs()) heard.push(`${part}: ${input.text}`);
        await steps.report({ type: "turn-started", turn: part + heard.length });
        await steps.model(ask(`part ${part} ${heard.join()}`));
      }
      return answers("42");
    });
    const events = await played({ teams: [team], models: echo().models });
    const sent: RunEvent = { type: "input-sent", team: "team-1", input: { kind: "message", text: "hi" } };
    const begun = events.findIndex((event) => event.type === "step-started" && event.key === "team-1/4") + 1;
    for (const [length, place] of [
      [begun, "3: hi"],
      [begun - 1, "3: hi"],
      [begun - 2, "2: hi"],
    ] as const) {
      const before = events.slice(0, length);
      const { asked, models } = echo();
      const resent = [...before, { ...sent, seq: length + 1, time: 0, scope: "person" } as LoggedEvent];
      const again = await resumeFrom(resent, { teams: [team], models });
      const receipt = await again.engine.finished;
      assert.equal(receipt.teams[0]?.outcome, "answered", receipt.teams[0]?.reason);
      assert.deepEqual(heard, [place], `after ${length} events`);
      assert.ok(asked.includes(`part 3 ${place}`));
    }
  });
});

suite("a process that was taken for dead", () => {
  test("L1, S1: what it wrote until its scopes were taken is known; nothing of it follows, and nothing is done twice", async () => {
    const team = scriptedTeam(async ({ steps }) => {
      const { text } = await steps.model(ask("once"));
      return answers(text);
    });
    const setup = { teams: [team], models: echo().models };
    const events = await played(setup);
    const finished = events.findIndex(({ type }) => type === "step-finished");
    const clock = new VirtualClock();
    const log = await logWith(events.slice(0, finished), clock);
    const stale = await log.acquire("team-1");
    const { seq: _seq, time: _time, scope: _scope, ...event } = events[finished] as LoggedEvent;
    const { asked, models } = echo();
    const race = engineOf({ ...setup, models }, { clock, log });
    // Both are on their way at once, and the stale one is first.
    const written = stale.append([event]);
    await Promise.all([written, race.engine.resume(RESUMED)]);
    await assert.rejects(stale.append([event]), { code: "log-fenced" });
    assert.equal((await race.engine.finished).answer, "echo once");
    assert.deepEqual(asked, []);
  });
});
