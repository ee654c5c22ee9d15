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

test("S1: half a character, as a model may end with, hinders no resume", async () => {
  const half = "\ud83d";
  const team = scriptedTeam(async ({ steps }) => {
    await steps.report({ type: "agent-spoke", agent: "Coder", text: half });
    await steps.tool({ tool: "look", arguments: { half } });
    await steps.model({ conversation: ask(half) });
    return answers("42");
  });
  const setup = { teams: [team], models: echo().models };
  const first = engineOf(setup);
  await first.engine.start();
  await first.engine.finished;
  const events = [...first.log.read()];
  const before = events.slice(
    0,
    events.findIndex(({ type }) => type === "team-finished"),
  );
  const race = await resumeFrom(before, setup);
  assert.equal((await race.engine.finished).answer, "42");
});

suite("a team that goes another way than its log", () => {
  const one = (content: (team: string) => string) =>
    scriptedTeam(async ({ steps, team }) => {
      await steps.report({ type: "agent-spoke", agent: "Coder", text: "hello" });
      await steps.model({ conversation: ask(content(team)) });
      await steps.model({ conversation: ask(`${team} second`) });
      return answers("42");
    });

  /** All events of two teams, up to the end of the second's last step. */
  async function recorded(): Promise<readonly LoggedEvent[]> {
    const teams = [one((team) => `${team} first`), one((team) => `${team} first`)];
    const race = engineOf({ teams, policy: all(), models: echo().models });
    await race.engine.start();
    await race.engine.finished;
    const events = [...race.log.read()];
    return events.slice(
      0,
      events.findIndex(({ type }) => type === "team-finished"),
    );
  }

  test("S4, R4: is stopped with both named; the other goes on, and the log says how to begin another run", async () => {
    const before = await recorded();
    const teams = [one((team) => `${team} first, in other words`), one((team) => `${team} first`)];
    const race = await resumeFrom(before, { teams, policy: all(), models: echo().models });
    const receipt = await race.engine.finished;
    assert.equal(receipt.winner, "team-2");
    const [team] = receipt.teams;
    assert.equal(team?.outcome, "failed");
    assert.match(team?.reason ?? "", /team-1\/2.*a question of Team to m.*asks something else.*m1p fork/);
  });

  test("S4: also where it reports another thing, or a thing where it did a step", async () => {
    const before = await recorded();
    const others = [
      scriptedTeam(async ({ steps }) => {
        await steps.report({ type: "agent-spoke", agent: "Coder", text: "good day" });
        return answers("43");
      }),
      scriptedTeam(async ({ steps }) => {
        await steps.report({ type: "agent-spoke", agent: "Coder", text: "hello" });
        await steps.report({ type: "agent-spoke", agent: "Coder", text: "hello again" });
        return answers("43");
      }),
    ];
    for (const other of others) {
      const teams = [other, one((team) => `${team} first`)];
      const race = await resumeFrom(before, { teams, policy: all(), models: echo().models });
      const receipt = await race.engine.finished;
      assert.equal(receipt.teams[0]?.outcome, "failed");
      assert.equal(receipt.answer, "42");
    }
  });

  test("S4: also where it leaves out what the log has next and waits for something later", async () => {
    const before = await recorded();
    const skips = scriptedTeam(async ({ steps }) => {
      await steps.report({ type: "agent-spoke", agent: "Coder", text: "hello" });
      void steps.model({ conversation: ask("team-1 first") }).catch(() => {});
      await steps.fork("Other").model({ conversation: ask("something new") });
      return answers("43");
    });
    const teams = [skips, one((team) => `${team} first`)];
    const race = await resumeFrom(before, { teams, policy: all(), models: echo().models });
    await race.clock.advance(5_000);
    const receipt = await race.engine.finished;
    assert.equal(receipt.teams[0]?.outcome, "failed");
    assert.match(receipt.teams[0]?.reason ?? "", /team-1\/3/);
    assert.equal(race.clock.pending, 0);
  });
});

suite("what comes to a team from outside", () => {
  test("S1: of two steps in a race inside a team, the one that came first comes first again", async () => {
    const slowFirst = Promise.withResolvers<void>();
    const seen: string[] = [];
    const racing = scriptedTeam(async ({ steps }) => {
      const [one, two] = ["One", "Two"].map((name) => steps.fork(name).model({ conversation: ask(name) }));
      const first = await Promise.race([one, two]);
      seen.push(first?.text ?? "");
      await Promise.all([one, two]);
      await steps.model({ conversation: ask(`then ${first?.text}`) });
      return answers(first?.text ?? "");
    });
    const { models } = echo();
    const reversed: ModelExecutor = {
      ...models,
      execute: async (messages, ...rest) => {
        if (messages.at(-1)?.content === "One") await slowFirst.promise;
        if (messages.at(-1)?.content === "Two") setImmediate(() => slowFirst.resolve());
        return await models.execute(messages, ...rest);
      },
    };
    const race = engineOf({ teams: [racing], models: reversed });
    await race.engine.start();
    assert.equal((await race.engine.finished).answer, "echo Two");
    const events = [...race.log.read()];
    const cut = events.findLastIndex(({ type }) => type === "step-started");
    const again = await resumeFrom(events.slice(0, cut), { teams: [racing], models });
    assert.equal((await again.engine.finished).answer, "echo Two");
    assert.deepEqual(seen, ["echo Two", "echo Two"]);
  });

  test("S1: an input is taken once, at one place, and again there on resume", async () => {
    const heard: string[] = [];
    const listening = scriptedTeam(async ({ steps }) => {
      for (const part of [1, 2, 3]) {
        for (const input of await steps.inputs()) heard.push(`${part}: ${input.text}`);
        await steps.model({ conversation: ask(`part ${part} ${heard.join()}`) });
      }
      return answers("42");
    });
    const { models } = echo();
    const start = engineOf({ teams: [listening], models });
    await start.engine.start();
    await start.engine.finished;
    const [first] = [...start.log.read()];
    assert.ok(first);
    const sent = { type: "input-sent", team: "team-1", input: { kind: "message", text: "hi" } } as const;
    const race = await resumeFrom([first, { ...sent, seq: 2, time: first.time, scope: "run" }], {
      teams: [listening],
      models,
    });
    await race.engine.finished;
    assert.deepEqual(heard, ["1: hi"]);
    const events = [...race.log.read()];
    for (let length = 2; length < events.length; length += 1) {
      heard.length = 0;
      const again = await resumeFrom(events.slice(0, length), { teams: [listening], models });
      await again.engine.finished;
      assert.deepEqual(heard, events.slice(0, length).some(({ type }) => type === "team-finished") ? [] : ["1: hi"]);
    }
  });

  test("S5: what a tool held alive is reopened, or the team is told before it goes on with it", async () => {
    const told: string[] = [];
    const failed: string[] = [];
    const browsing = scriptedTeam(async ({ steps }) => {
      const look = async (tool: string) => {
        await steps.tool({ tool, arguments: {} }).catch((error: unknown) => failed.push(`${tool}: ${String(error)}`));
      };
      await look("page");
      await look("shell");
      await steps.model({ conversation: ask("think") });
      await look("page");
      for (const input of await steps.inputs()) told.push(input.kind === "session-lost" ? input.tool : input.kind);
      await look("shell");
      return answers("42");
    });
    const tools = {
      declare: () => ({ effect: "read", egress: [] }) as const,
      execute: async () => ({ text: "ok", facts: {} }),
      reopen: async (tool: string) => tool === "page",
    };
    const { models } = echo();
    const race = engineOf({ teams: [browsing], models, tools });
    await race.engine.start();
    await race.engine.finished;
    assert.deepEqual([told, failed], [[], []], "nothing is lost in one process");
    const events = [...race.log.read()];
    const cut = events.findIndex((event) => event.type === "step-started" && event.step.kind === "model");
    const again = await resumeFrom(events.slice(0, cut), { teams: [browsing], models, tools });
    await again.engine.finished;
    assert.deepEqual([told, failed], [["shell"], []]);
    const whole = [...again.log.read()];
    const later = whole.findLastIndex((event) => event.type === "step-started");
    const third = await resumeFrom(whole.slice(0, later), { teams: [browsing], models, tools });
    await third.engine.finished;
    assert.deepEqual(told, ["shell", "shell"], "it is told at the same place, and not a second time");
    const unheard = events.findLastIndex((event) => event.type === "step-started");
    const deaf = await resumeFrom(events.slice(0, unheard), { teams: [browsing], models, tools });
    await deaf.engine.finished;
    assert.deepEqual(failed, [], "a team that asks for its inputs is told in time");
  });
});

suite("an acceptance", () => {
  const stubborn = scriptedTeam(async ({ steps }) => {
    for (const answer of ["41", "42"]) {
      await steps.model({ conversation: ask(answer) });
      const proposal = { answer, findings: "", reason: "computed", turns: 1 };
      const reply = await steps.propose(proposal);
      if (reply.kind === "accepted") return { outcome: "answered", ...proposal };
      await steps.model({ conversation: ask(`why: ${reply.kind === "rejected" ? reply.reason : ""}`) });
    }
    return { outcome: "gave-up", findings: "", reason: "no more", turns: 1 };
  });

  test("R1, S1: a rejected answer doesn't end the race, its reason reaches the team, and no check is made twice", async () => {
    const checked: string[] = [];
    const accept = async ({ answer }: { readonly answer: string }) => {
      checked.push(answer);
      return answer === "42"
        ? { verdict: "accept" as const, reason: "" }
        : { verdict: "reject" as const, reason: "one less" };
    };
    const { models, asked } = echo();
    const race = engineOf({ teams: [stubborn], accept, models });
    await race.engine.start();
    assert.equal((await race.engine.finished).answer, "42");
    assert.ok(asked.has("why: one less"));
    const events = [...race.log.read()];
    for (let length = 1; length < events.length; length += 1) {
      const before = events.slice(0, length);
      checked.length = 0;
      const again = await resumeFrom(before, { teams: [stubborn], accept, models: echo().models });
      assert.equal((await again.engine.finished).answer, "42", `after ${length} events`);
      const judged = before.filter(({ type }) => type === "answer-judged").length;
      assert.equal(checked.length, 2 - judged, `after ${length} events`);
    }
  });

  test("a team that cannot take a rejection ends with it; a check that cannot be made leaves the answer unvouched", async () => {
    const plain = scriptedTeam(async () => answers("41"));
    const rejecting = engineOf({ teams: [plain], accept: async () => ({ verdict: "reject", reason: "one less" }) });
    await rejecting.engine.start();
    const rejected = await rejecting.engine.finished;
    assert.deepEqual(
      [rejected.outcome, rejected.teams[0]?.outcome, rejected.teams[0]?.reason],
      ["unanswered", "rejected", "one less"],
    );
    assert.match(rejected.findings ?? "", /41/);
    const broken = engineOf({ teams: [plain], accept: () => Promise.reject(new Error("no shell")) });
    await broken.engine.start();
    const unvouched = await broken.engine.finished;
    assert.equal(unvouched.answer, "41");
    assert.match(unvouched.why, /could not be made, so nobody vouches/);
  });

  test("R2: what says nothing is rejected without a check", async () => {
    let checks = 0;
    const race = engineOf({
      teams: [scriptedTeam(async () => answers("I don't know the answer"))],
      accept: async () => {
        checks += 1;
        return { verdict: "accept", reason: "" };
      },
    });
    await race.engine.start();
    assert.equal((await race.engine.finished).outcome, "unanswered");
    assert.equal(checks, 0);
  });
});

function finishedKeys(events: readonly LoggedEvent[]): string[] {
  return events.flatMap((event) => (event.type === "step-finished" ? [event.key] : [])).toSorted();
}

/** What each team told, by key. */
function toldBy(events: readonly LoggedEvent[]): string[] {
  return events.flatMap((event) => (event.type === "agent-spoke" ? [`${event.key} ${event.text}`] : [])).toSorted();
}
