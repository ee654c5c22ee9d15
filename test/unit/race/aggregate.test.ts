import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventOf } from "../../../src/events/run-event.ts";
import { all, firstAnswers } from "../../../src/race/policies.ts";
import { outstanding } from "../../../src/race/reduce.ts";
import { RaceUnderTest } from "./support.ts";

const LLM = { kind: "llm", model: "judge", windowTokens: 8_000 } as const;
const made = (answer?: string): EventOf<"answers-aggregated"> => ({
  type: "answers-aggregated",
  teams: [],
  reason: "because",
  ...(answer === undefined ? {} : { answer }),
});

test("R1: enough answers begin one aggregation, and what it makes is the one verdict", () => {
  const race = new RaceUnderTest(all(), 3, { aggregate: LLM });
  race.ends(2, "answered", "1,000");
  race.ends(3, "turn-limit");
  race.ends(1, "answered", "7");
  assert.deepEqual(race.decisions.at(-1), {
    type: "aggregate",
    candidates: ["team-2", "team-1"],
    teams: ["team-2", "team-3", "team-1"],
  });
  assert.deepEqual(race.verdicts(), []);
  race.event(made("1000"));
  race.event(made("7"));
  const [verdict, ...more] = race.verdicts();
  assert.deepEqual(more, []);
  assert.deepEqual([verdict?.answer, verdict?.basis, verdict?.winner], ["1000", "team-2", "team-2"]);
});

test("R3: teams that are stopped for the aggregation begin no other one", () => {
  const race = new RaceUnderTest(firstAnswers(2), 3, { aggregate: LLM });
  race.ends(1, "answered", "1");
  race.ends(2, "answered", "1");
  race.ends(3, "stopped");
  assert.equal(race.decisions.filter(({ type }) => type === "aggregate").length, 1);
  race.event(made("1"));
  assert.deepEqual(
    race.verdicts()[0]?.explanation?.others.map(({ team, came }) => [team, came]),
    [
      ["team-2", "agreed"],
      ["team-3", "stopped"],
    ],
  );
});

test("a resumed run takes up the aggregation, and launches nobody", () => {
  const race = new RaceUnderTest(firstAnswers(2), 3, { aggregate: LLM });
  race.ends(1, "answered", "1");
  race.ends(2, "answered", "2");
  assert.deepEqual(
    outstanding(race.state).map(({ type }) => type),
    ["aggregate"],
  );
});

test("one answer is no matter for an aggregator", () => {
  const race = new RaceUnderTest(all(), 2, { aggregate: LLM });
  race.ends(1, "answered", "1");
  race.ends(2, "gave-up");
  assert.equal(race.verdicts()[0]?.answer, "1");
});

test("without an answer of the aggregator the vote counts, ties to the earlier", () => {
  const race = new RaceUnderTest(all(), 2, { aggregate: LLM });
  race.ends(2, "answered", "2");
  race.ends(1, "answered", "1");
  race.event(made());
  const [verdict] = race.verdicts();
  assert.deepEqual([verdict?.answer, verdict?.explanation?.by], ["2", "vote"]);
  assert.match(verdict?.why ?? "", /^No model could make one answer of them: because\. 1 of 2 answers agree/);
});

test("where answers are judged, one that no accepted team gave is not taken", () => {
  const race = new RaceUnderTest(all(), 2, { aggregate: LLM, judges: true });
  for (const team of [1, 2]) race.accepts(team, String(team));
  race.event(made("3"));
  const [verdict] = race.verdicts();
  assert.equal(verdict?.answer, "1");
  assert.match(verdict?.why ?? "", /"3", is none of those that were accepted/);
});

test("a deadline during the aggregation takes the vote, a cancel takes none", () => {
  for (const [event, answer] of [
    [{ type: "deadline-passed", deadlineMs: 1 }, "1"],
    [{ type: "cancel-requested", reason: "enough" }, null],
  ] as const) {
    const race = new RaceUnderTest(all(), 2, { aggregate: LLM });
    race.ends(1, "answered", "1");
    race.ends(2, "answered", "2");
    race.event(event);
    race.event(made("2"));
    assert.deepEqual(
      race.verdicts().map((verdict) => verdict.answer),
      [answer],
    );
  }
});

test("first takes the earliest of several, though others agree", () => {
  const race = new RaceUnderTest(all(), 3, { aggregate: { kind: "first" } });
  race.ends(3, "answered", "3");
  race.ends(1, "answered", "1");
  race.ends(2, "answered", "1");
  assert.deepEqual([race.verdicts()[0]?.answer, race.verdicts()[0]?.explanation?.by], ["3", "first"]);
});

const ends = fc.array(
  fc.record({
    outcome: fc.constantFrom("answered", "gave-up", "turn-limit", "failed", "rejected", "stopped" as const),
    answer: fc.constantFrom("1", "2", "3", "", "I don't know"),
  }),
  { minLength: 1, maxLength: 6 },
);
const aggregates = fc.constantFrom({ kind: "first" } as const, { kind: "vote" } as const, LLM);
const others = fc.array(
  fc.constantFrom(
    made("1"),
    made("9"),
    made(),
    { type: "deadline-passed", deadlineMs: 1 } as const,
    { type: "cancel-requested", reason: "enough" } as const,
  ),
  { minLength: 1, maxLength: 3 },
);

test("R1, R2: any order of ends, aggregations and ends from outside gives one verdict, and no answer without one", () => {
  fc.assert(
    fc.property(
      aggregates,
      fc.integer({ min: 1, max: 6 }),
      ends,
      others,
      fc.nat(6),
      (aggregate, need, list, rest, at) => {
        const policy = need > list.length ? all() : firstAnswers(need);
        const race = new RaceUnderTest(policy, list.length, { aggregate });
        list.forEach(({ outcome, answer }, index) => {
          if (index === at) for (const event of rest) race.event(event);
          race.ends(index + 1, outcome, outcome === "answered" ? answer : undefined);
        });
        for (const event of rest) race.event(event);
        const [verdict, ...more] = race.verdicts();
        assert.ok(verdict && more.length === 0);
        assert.equal(verdict.outcome === "answered", verdict.answer !== null);
        if (verdict.outcome === "answered") {
          assert.ok(
            list.some(({ outcome, answer }) => outcome === "answered" && "123".includes(answer) && answer !== ""),
          );
        }
        if (aggregate.kind !== "llm" && verdict.answer !== null) assert.ok(verdict.basis);
      },
    ),
  );
});
