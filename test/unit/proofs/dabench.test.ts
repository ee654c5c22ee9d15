import assert from "node:assert/strict";
import { test } from "node:test";
import { ARMS } from "../../../proofs/dabench/arms.ts";
import { pageOf } from "../../../proofs/dabench/page.ts";
import { asRecordedRuns, type Raced } from "../../../proofs/dabench/raced.ts";
import { evaluate, recordedRunSchema, type DabenchQuestion } from "../../../src/bench/index.ts";

const questions = Array.from({ length: 10 }, (_, index): DabenchQuestion => {
  return { id: index, level: index < 5 ? "easy" : "hard", prompt: "?", file: "t.csv", truth: [["a", "1"]] };
});

/** One team is wrong in 20 s; of three the second is right, and the first was cut off. */
const raced = questions.flatMap(({ id }) =>
  ARMS.map(({ name, teams }): Raced => {
    const given = { promptTokens: 90, outputTokens: 10 };
    const wrong = { team: "team-1", outcome: "answered", answer: "@a[2]", right: false, ms: 20_000, ...given };
    const cut = { team: "team-1", outcome: "cut-off", right: false, ms: 60_000, ...given };
    const right = { team: "team-2", outcome: "answered", answer: "@a[1]", right: true, ms: 30_000, ...given };
    const alone = teams === 1;
    return {
      ...{ question: id, arm: name, model: "m", promptVersion: "1", deadlineMs: 60_000, outcome: "answered" },
      ...{ answer: alone ? "@a[2]" : "@a[1]", winner: "team-1", right: !alone, seconds: alone ? 20 : 30 },
      ...{ calls: teams, tokens: 100 * teams, modes: ["rules"] },
      runs: alone ? [wrong] : [cut, right, { ...right, team: "team-3", answer: "@a[1.0]" }],
    };
  }),
);

test("the runs of the DABench proof can be evaluated: four a question, who was cut off gave no answer", () => {
  const runs = asRecordedRuns(raced).map((run) => recordedRunSchema.parse(JSON.parse(JSON.stringify(run))));
  assert.equal(runs.length, 40);
  assert.deepEqual(
    runs.slice(0, 4).map(({ score, duration_s, abstain }) => [score, duration_s, abstain]),
    [
      [0, 20, false],
      [0, 60, true],
      [1, 30, false],
      [1, 30, false],
    ],
  );
  const { cells } = evaluate(runs, { policies: ["first-answer", "all"], samples: 5 });
  assert.deepEqual([cells[0]?.tasks, cells[0]?.singleAccuracy.value, cells[0]?.accuracyChange.value], [10, 0.5, -0.5]);
});

test("its page has every race, failures included, and what three gain over one on the same questions", () => {
  const circumstances = { model: "m", deadlineMs: 60_000, resumed: 3 };
  const page = pageOf(questions, raced, circumstances);
  assert.equal(page.holds, true);
  assert.match(page.summary, /local\/m, orchestrator mode: rules.*3 of 30 races were recorded by an earlier process/);
  const [arms, against, levels, each] = page.tables;
  assert.deepEqual(arms?.rows[0]?.slice(0, 6), ["k=1", "0 of 10", "0% (0% to 0%)", 0, "20.0", "20.0"]);
  assert.deepEqual(against?.rows[0]?.slice(1, 5), ["+100.0 (+100.0 to +100.0)", 10, 0, "0.67x (0.67x to 0.67x)"]);
  assert.deepEqual(levels?.rows[1], ["hard", 5, 0, 5, 5]);
  assert.equal(each?.rows.length, 10);
  assert.equal(pageOf(questions, raced.slice(1), circumstances).holds, false, "a race is missing");
});
