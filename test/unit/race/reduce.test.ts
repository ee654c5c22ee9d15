import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { RunEvent } from "../../../src/events/run-event.ts";
import { all, firstAnswer, firstFinisher } from "../../../src/race/policies.ts";
import { RaceUnderTest } from "./support.ts";

describe("first-answer", () => {
  test("launches every team of the line-up at the start", () => {
    const race = new RaceUnderTest(firstAnswer(), 3);
    assert.deepEqual(
      race.decisions.map((decision) => decision.type === "launch" && decision.team),
      ["team-1", "team-2", "team-3"],
    );
  });

  test("R1: the first real answer decides, later ones change nothing", () => {
    const race = new RaceUnderTest(firstAnswer(), 3);
    race.ends(2, "answered", "42");
    race.ends(1, "answered", "41");
    assert.equal(race.verdicts().length, 1);
    const [verdict] = race.verdicts();
    assert.equal(verdict?.answer, "42");
    assert.equal(verdict?.winner, "team-2");
    assert.equal(verdict?.outcome, "answered");
    assert.match(verdict?.why ?? "", /team-2 answered first, after 4\.0 s and 2 turns/);
    assert.match(verdict?.why ?? "", /team-1 and team-3 were still working/);
  });

  for (const [outcome, answer] of [
    ["gave-up", undefined],
    ["turn-limit", "42"],
    ["failed", undefined],
    ["answered", ""],
    ["answered", "   "],
    ["answered", "Unable to determine"],
  ] as const) {
    test(`R2: ${outcome} with ${JSON.stringify(answer)} doesn't end the race while another team works`, () => {
      const race = new RaceUnderTest(firstAnswer(), 2);
      race.ends(1, outcome, answer);
      assert.deepEqual(race.verdicts(), []);
      race.ends(2, "answered", "7");
      assert.equal(race.verdicts()[0]?.answer, "7");
    });
  }

  test("R2: when nobody answers, the findings of the team that went furthest come back as such", () => {
    const race = new RaceUnderTest(firstAnswer(), 2);
    race.ends(2, "turn-limit");
    race.ends(1, "gave-up");
    const [verdict] = race.verdicts();
    assert.equal(verdict?.outcome, "unanswered");
    assert.equal(verdict?.answer, null);
    assert.equal(verdict?.findings, "findings of team-2");
    assert.match(verdict?.why ?? "", /team-2 reached its turn limit; team-1 gave up/);
  });

  test("R4: when every team fails, the outcome is failed and names each reason", () => {
    const race = new RaceUnderTest(firstAnswer(), 2);
    race.ends(1, "failed");
    race.ends(2, "failed");
    assert.equal(race.verdicts()[0]?.outcome, "failed");
    assert.match(race.verdicts()[0]?.why ?? "", /team-1 failed \(reason of team-1\); team-2 failed/);
  });
});

describe("first-finisher", () => {
  test("R2: the literal baseline ends with the first team, answer or not", () => {
    const race = new RaceUnderTest(firstFinisher(), 2);
    race.ends(1, "turn-limit");
    assert.equal(race.verdicts()[0]?.outcome, "unanswered");
  });

  test("a crash is no finish", () => {
    const race = new RaceUnderTest(firstFinisher(), 2);
    race.ends(1, "failed");
    assert.deepEqual(race.verdicts(), []);
  });
});

describe("all", () => {
  test("waits for every team and takes the answer that most gave, however it is written", () => {
    const race = new RaceUnderTest(all(), 4);
    race.ends(1, "answered", "Paris");
    race.ends(2, "answered", "1,000");
    race.ends(3, "failed");
    assert.deepEqual(race.verdicts(), []);
    race.ends(4, "answered", "1000");
    assert.equal(race.verdicts()[0]?.answer, "1,000");
    assert.match(race.verdicts()[0]?.why ?? "", /2 of 3 answers agree/);
    assert.match(race.verdicts()[0]?.why ?? "", /team-3 failed/);
  });
});

describe("limits", () => {
  const spend = (outputTokens: number) =>
    ({
      type: "step-finished",
      key: "team-1/1",
      status: "succeeded",
      attempts: 1,
      durationMs: 1,
      usage: { inputTokens: 10, outputTokens, cachedTokens: 0, costUsd: 0.5, estimated: false },
    }) as const;

  const asks = {
    type: "step-started",
    key: "team-1/2",
    agent: "Coder",
    request: "r",
    step: {
      kind: "model",
      settings: { model: "m", format: { kind: "text" } },
      conversation: { head: "", base: null, added: [] },
    },
  } as const satisfies RunEvent;

  test("a spent budget of tokens ends the race as exhausted at the next call, with the findings", () => {
    const race = new RaceUnderTest(firstAnswer(), 2, { tokens: 100 });
    race.ends(1, "gave-up");
    race.event(spend(50));
    race.event(asks);
    assert.deepEqual(race.verdicts(), []);
    race.event(spend(50));
    assert.deepEqual(race.verdicts(), []);
    race.event(asks);
    assert.equal(race.verdicts()[0]?.outcome, "exhausted");
    assert.equal(race.verdicts()[0]?.findings, "findings of team-1");
    assert.match(race.verdicts()[0]?.why ?? "", /budget of 100 tokens is spent \(120 used\)/);
  });

  test("a spent budget of money ends the race", () => {
    const race = new RaceUnderTest(firstAnswer(), 1, { usd: 1 });
    race.event(spend(1));
    race.event(spend(1));
    race.event(asks);
    assert.equal(race.verdicts()[0]?.outcome, "exhausted");
  });

  test("the answer of the very call that spent the budget counts", () => {
    const race = new RaceUnderTest(firstAnswer(), 2, { tokens: 50 });
    race.event(spend(100));
    race.ends(1, "answered", "42");
    assert.equal(race.verdicts()[0]?.answer, "42");
  });

  test("R2: a race that is ended from outside returns what a working team said last", () => {
    const race = new RaceUnderTest(firstAnswer(), 2);
    race.event({ type: "turn-started", key: "k", turn: 2 }, 1, "team-2");
    race.event({ type: "agent-spoke", key: "k", agent: "Coder", text: "half of it is 21" }, 1, "team-2");
    race.event({ type: "deadline-passed", deadlineMs: 5_000 });
    assert.equal(race.verdicts()[0]?.outcome, "exhausted");
    assert.equal(race.verdicts()[0]?.findings, "team-2, still working. Coder: half of it is 21");
  });

  test("the deadline throws no answer away that was already given", () => {
    const race = new RaceUnderTest(all(), 2);
    race.ends(1, "answered", "8");
    race.event({ type: "deadline-passed", deadlineMs: 5_000 });
    assert.equal(race.verdicts()[0]?.outcome, "answered");
    assert.equal(race.verdicts()[0]?.answer, "8");
    assert.match(race.verdicts()[0]?.why ?? "", /deadline of 5 s passed/);
  });

  test("a person's cancel is a cancel", () => {
    const race = new RaceUnderTest(firstAnswer(), 1);
    race.event({ type: "cancel-requested", reason: "it was interrupted" });
    assert.equal(race.verdicts()[0]?.outcome, "cancelled");
  });
});

const policies = fc.constantFrom(firstAnswer(), firstFinisher(), all());
const ends = fc.array(
  fc.record({
    outcome: fc.constantFrom("answered", "gave-up", "turn-limit", "failed", "stopped" as const),
    answer: fc.constantFrom("1", "2", "", "I don't know"),
  }),
  { minLength: 1, maxLength: 6 },
);

test("R1: any order of any ends gives exactly one verdict under any policy", () => {
  fc.assert(
    fc.property(policies, ends, (policy, list) => {
      const race = new RaceUnderTest(policy, list.length);
      list.forEach((end, index) =>
        race.ends(index + 1, end.outcome, end.outcome === "answered" ? end.answer : undefined),
      );
      assert.equal(race.verdicts().length, 1);
    }),
  );
});

test("R2: no answer is ever thrown away, save by the literal baseline", () => {
  fc.assert(
    fc.property(fc.constantFrom(firstAnswer(), all()), ends, (policy, list) => {
      const race = new RaceUnderTest(policy, list.length);
      list.forEach((end, index) =>
        race.ends(index + 1, end.outcome, end.outcome === "answered" ? end.answer : undefined),
      );
      const answered = list.some((end) => end.outcome === "answered" && ["1", "2"].includes(end.answer));
      assert.equal(race.verdicts()[0]?.outcome === "answered", answered);
    }),
  );
});

test("R2: a deadline takes an answer that nobody could judge where no other was accepted, and says so", () => {
  const race = new RaceUnderTest(firstAnswer(), 3, { judges: true });
  race.accepts(1, "42", "defer");
  race.event({ type: "deadline-passed", deadlineMs: 9_000 });
  const [verdict] = race.verdicts();
  assert.deepEqual([verdict?.outcome, verdict?.answer, verdict?.winner], ["answered", "42", "team-1"]);
  assert.match(verdict?.why ?? "", /the deadline of 9 s passed\. .*nobody vouches for this answer/);
});
