import assert from "node:assert/strict";
import { test } from "node:test";
import { whenAborted } from "../../../../src/base/abort.ts";
import { all } from "../../../../src/race/policies.ts";
import { Conversation } from "../../../../src/steps/conversation.ts";
import { ModelFailure } from "../../../../src/steps/model-failure.ts";
import { answers, engineOf, scriptedTeam } from "../support.ts";

const hangs = () => scriptedTeam(() => new Promise(() => {}));

test("R1: one race-decided and one run-finished, and run-finished is last", async () => {
  const { engine, types } = engineOf({ teams: [scriptedTeam(async () => answers("42")), hangs()] });
  await engine.start();
  const receipt = await engine.finished;
  assert.equal(receipt.answer, "42");
  assert.equal(types().filter((type) => type === "race-decided").length, 1);
  assert.equal(types().filter((type) => type === "run-finished").length, 1);
  assert.equal(types().at(-1), "run-finished");
});

test("R3: the result comes at race-decided, while a loser is still being stopped; nothing follows run-finished, whatever lets go later", async () => {
  const released = Promise.withResolvers<void>();
  const working = Promise.withResolvers<void>();
  const { engine, clock, types } = engineOf({
    teams: [
      scriptedTeam(async () => {
        await working.promise;
        return answers("42");
      }),
      scriptedTeam(async ({ steps }) => {
        await steps.tool({ tool: "slow", arguments: {} });
        return answers("late");
      }),
    ],
    tools: {
      declare: () => ({ effect: "read", egress: [] }),
      reopen: async () => true,
      // Ignores its abort: the worst that a tool can do.
      execute: () => {
        working.resolve();
        return released.promise.then(() => ({ text: "", facts: {} }));
      },
    },
  });
  await engine.start();
  const verdict = await engine.result;
  assert.equal(verdict.answer, "42");
  assert.ok(!types().includes("run-finished"));
  await clock.advance(500);
  const receipt = await engine.finished;
  assert.deepEqual(receipt.afterWin.stillAlive, ["team-2/1"]);
  released.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(types().at(-1), "run-finished");
});

test("R3: a model call in flight is aborted, counted and settled with what it used", async () => {
  const asked = Promise.withResolvers<void>();
  const usage = { inputTokens: 40, outputTokens: 2, cachedTokens: 0, costUsd: 0, estimated: true };
  const { engine } = engineOf({
    teams: [
      scriptedTeam(async () => {
        await asked.promise;
        return answers("42");
      }),
      scriptedTeam(async ({ steps }) => {
        await steps.model({ conversation: Conversation.of({ role: "user", content: "?" }) });
        return answers("late");
      }),
    ],
    models: {
      cutOffUsage: async () => usage,
      execute: async (_messages, _settings, { signal }) => {
        asked.resolve();
        await whenAborted(signal);
        throw new ModelFailure("cancelled", "cut", { usage });
      },
    },
  });
  await engine.start();
  const receipt = await engine.finished;
  assert.equal(receipt.afterWin.callsAborted, 1);
  assert.equal(receipt.afterWin.callsBegun, 0);
  assert.equal(receipt.afterWin.tokens, 42);
  assert.equal(receipt.usage.estimated, true);
  assert.deepEqual(receipt.afterWin.stillAlive, []);
});

test("R4: what one team throws reaches no other", async () => {
  const { engine } = engineOf({
    teams: [
      scriptedTeam(() => {
        throw new Error("thrown before the first await");
      }),
      scriptedTeam(async () => {
        throw new Error("thrown later");
      }),
      scriptedTeam(async () => answers("42")),
    ],
    policy: all(),
  });
  await engine.start();
  const receipt = await engine.finished;
  assert.equal(receipt.answer, "42");
  assert.deepEqual(
    receipt.teams.map((team) => team.outcome),
    ["failed", "failed", "answered"],
  );
  assert.match(receipt.why, /thrown later/);
});

test("R4: a team that cannot be given a workspace fails alone", async () => {
  const team = () => scriptedTeam(async () => answers("42"));
  const { engine } = engineOf({ teams: [team(), team()], furnishFails: "team-1", policy: all() });
  await engine.start();
  const receipt = await engine.finished;
  assert.equal(receipt.winner, "team-2");
  assert.match(receipt.teams[0]?.reason ?? "", /no room for a workspace/);
});

test("R2: when every team fails the run ends failed, with each reason", async () => {
  const team = () =>
    scriptedTeam(async () => {
      throw new Error("broken");
    });
  const { engine } = engineOf({ teams: [team(), team()] });
  await engine.start();
  const verdict = await engine.result;
  assert.equal(verdict.outcome, "failed");
  assert.match(verdict.why, /team-1 failed \(broken\)/);
});

test("the deadline ends a race of hanging teams as exhausted", async () => {
  const { engine, clock } = engineOf({ teams: [hangs(), hangs()], limits: { deadlineMs: 60_000 } });
  await engine.start();
  await clock.advance(60_000);
  const receipt = await engine.finished;
  assert.equal(receipt.outcome, "exhausted");
  assert.deepEqual(
    receipt.teams.map((team) => team.outcome),
    ["stopped", "stopped"],
  );
});

test("a decided race leaves no timer", async () => {
  const { engine, clock } = engineOf({
    teams: [scriptedTeam(async () => answers("42"))],
    limits: { deadlineMs: 60_000 },
  });
  await engine.start();
  await engine.finished;
  assert.equal(clock.pending, 0);
});

test("a cancel ends the race; a second one, or one after the decision, changes nothing", async () => {
  const { engine, types } = engineOf({ teams: [hangs()] });
  await engine.start();
  engine.cancel("it was interrupted");
  engine.cancel("it was interrupted again");
  const receipt = await engine.finished;
  engine.cancel("too late");
  assert.equal(receipt.outcome, "cancelled");
  assert.equal(types().filter((type) => type === "race-decided").length, 1);
});

const garbage: readonly [string, unknown][] = [
  ["nothing", undefined],
  ["a number", 42],
  ["an answer without reason or turns", { outcome: "answered", answer: "42" }],
  ["an answer that is no text", { ...answers("42"), answer: 42 }],
  ["an unknown outcome", { ...answers("42"), outcome: "done" }],
  ["turns that are no number", { ...answers("42"), turns: Number.NaN }],
  ["what no log can hold", { ...answers("42"), findings: 1n }],
];

for (const [what, result] of garbage) {
  test(`R4: a team that returns ${what} has failed, and the others go on`, async () => {
    const { engine } = engineOf({
      teams: [scriptedTeam(async () => result as ReturnType<typeof answers>), scriptedTeam(async () => answers("17"))],
      policy: all(),
    });
    await engine.start();
    const receipt = await engine.finished;
    assert.equal(receipt.answer, "17");
    assert.equal(receipt.teams[0]?.outcome, "failed");
  });
}

test("R4: a team cannot speak for another one", async () => {
  const { engine } = engineOf({
    teams: [
      scriptedTeam(async () => ({ ...answers("42"), team: "team-2", type: "race-decided" })),
      scriptedTeam(async () => answers("17")),
    ],
    policy: all(),
  });
  await engine.start();
  const receipt = await engine.finished;
  assert.deepEqual(
    receipt.teams.map((team) => team.outcome),
    ["answered", "answered"],
  );
});

test("R3: what an ended team left running asks nothing more", async () => {
  let begun = 0;
  const others = Promise.withResolvers<void>();
  const { engine, seen } = engineOf({
    teams: [
      scriptedTeam(async ({ steps }) => {
        void (async () => {
          for (;;) await steps.tool({ tool: "again", arguments: {} });
        })().catch(() => others.resolve());
        throw new Error("broken");
      }),
      scriptedTeam(async () => {
        await others.promise;
        return answers("42");
      }),
    ],
    tools: {
      declare: () => ({ effect: "read", egress: [] }),
      reopen: async () => true,
      execute: async () => {
        begun += 1;
        return { text: "", facts: {} };
      },
    },
  });
  await engine.start();
  assert.equal((await engine.finished).answer, "42");
  const finished = seen.findIndex((event) => event.type === "team-finished" && event.team === "team-1");
  const later = seen.slice(finished).filter((event) => event.type === "step-started");
  assert.deepEqual(later, []);
  assert.ok(begun < 10);
});

test("R3: a team whose workspace comes too late is never started", async () => {
  const workspace = Promise.withResolvers<void>();
  let started = false;
  const { engine, types } = engineOf({
    teams: [
      scriptedTeam(async () => answers("42")),
      scriptedTeam(async () => {
        started = true;
        return answers("late");
      }),
    ],
    slowFurnish: { team: "team-2", until: workspace.promise },
  });
  await engine.start();
  await engine.finished;
  workspace.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(started, false);
  assert.equal(types().at(-1), "run-finished");
});
