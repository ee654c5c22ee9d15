import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf } from "../../../../src/bench/evaluate/cells.ts";
import { policyNamed } from "../../../../src/bench/evaluate/policy-named.ts";
import { decide, type TimedRun } from "../../../../src/bench/evaluate/recorded-policies.ts";
import { recordedRunSchema } from "../../../../src/bench/index.ts";
import type { RacePolicy } from "../../../../src/events/run-event.ts";
import { all, firstAnswer, firstAnswers, firstFinisher } from "../../../../src/race/policies.ts";
import { RaceUnderTest } from "../../race/support.ts";
import { fixtureLines } from "../fixture.ts";

const runs = fixtureLines("recorded-runs/runs.jsonl").map((line) => recordedRunSchema.parse(line));
const tasks = cellsOf(runs).cells.flatMap((cell) => cell.tasks);

/**
 * The live policy, with or without an acceptance that judges as the run's own model does, and its name for recorded
 * runs.
 */
const pairs: readonly [name: string, policy: RacePolicy, judges: boolean][] = [
  ["first-finisher", firstFinisher(), false],
  ["first-answer", firstAnswer(), false],
  ["first-answer:need=2", firstAnswers(2), false],
  ["all", all(), false],
  ["first-judged", firstAnswer(), true],
];

for (const [name, policy, judges] of pairs) {
  test(`what is evaluated is what the live race does: ${name}, on every recorded task that both can tell`, () => {
    let compared = 0;
    for (const task of tasks.filter((each) => isComparable(each, name))) {
      const raced = raceLive(task, policy, judges);
      const choice = decide(task, policyNamed(name));
      assert.deepEqual(
        { at: raced.at, answer: raced.answer },
        { at: choice.latency, answer: answerOf(choice.run, task) },
        `${task[0]?.bench} ${task[0]?.model} ${task[0]?.task}`,
      );
      compared += 1;
    }
    assert.ok(compared > 80, `${compared} tasks`);
  });
}

/**
 * The rules for recorded runs go on where a live race ends without an answer, let give-ups and errors vote and end
 * first, and give equal votes to the earlier in the file instead of the earlier to end: those tasks are left out.
 */
function isComparable(task: readonly TimedRun[], name: string): boolean {
  if (task.some((run) => run.abstain === true || run.err === true)) return false;
  if (new Set(task.map((run) => run.duration_s)).size < task.length) return false;
  if (name === "first-judged") return task.some((run) => run.self_choice === "Correct");
  if (name !== "all") return true;
  const counts = [...Map.groupBy(task, (run) => run.answer_cluster).values()].map((each) => each.length);
  const most = Math.max(...counts);
  return task.every((run) => run.answer_cluster !== null) && counts.filter((count) => count === most).length === 1;
}

/** Runs the live race's reducer over the recorded runs as its teams. */
function raceLive(task: readonly TimedRun[], policy: RacePolicy, judges: boolean) {
  const race = new RaceUnderTest(policy, task.length, { judges });
  const order = [...task.entries()].toSorted(([, one], [, other]) => one.duration_s - other.duration_s);
  for (const [index, run] of order) {
    const answer = answerOf(run, task);
    if (!judges) race.ends(index + 1, "answered", answer);
    else if (run.self_choice === "Correct") race.accepts(index + 1, answer);
    else race.ends(index + 1, "rejected");
    const [verdict] = race.verdicts();
    if (verdict) return { at: run.duration_s, answer: verdict.answer };
  }
  return { at: undefined, answer: undefined };
}

/** Runs with one cluster gave one answer; each other run's is its own. */
function answerOf(run: TimedRun, task: readonly TimedRun[]): string {
  return typeof run.answer_cluster === "number" ? `answer ${run.answer_cluster}` : `run ${task.indexOf(run)}`;
}
