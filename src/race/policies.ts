import { UsageError } from "../base/errors.ts";
import type { RacePolicy } from "../events/run-event.ts";

/** The first team that really answers ends the race. */
export const firstAnswer = (): RacePolicy => ({ name: "first-answer", need: 1, accept: "answered" });

/**
 * The first `count` teams that really answer end the race; what they say is aggregated. Throws `UsageError`
 * (`policy-need`).
 */
export const firstAnswers = (count: number): RacePolicy => ({
  name: "first-answers",
  need: needed(count),
  accept: "answered",
});

/**
 * The paper's literal baseline: the first team that ends, answer or not, ends the race; with a count, the first so
 * many. For evaluation. Throws `UsageError` (`policy-need`).
 */
export const firstFinisher = (count = 1): RacePolicy => ({
  name: "first-finisher",
  need: needed(count),
  accept: "finished",
});

/**
 * Every team ends; what they answered is aggregated: the answer that most of them gave, of equals the earliest, unless
 * said.
 */
export const all = (): RacePolicy => ({ name: "all", need: null, accept: "answered" });

/** The policies by their names on the command line, and which of them wait for a count that may be given. */
export const POLICIES: Readonly<Record<string, (count?: number) => RacePolicy>> = {
  "first-answer": (count) => (count === undefined || count === 1 ? firstAnswer() : firstAnswers(count)),
  "first-finisher": (count) => firstFinisher(count),
  all: () => all(),
};

function needed(count: number): number {
  if (Number.isInteger(count) && count >= 1) return count;
  throw new UsageError("policy-need", `The race cannot wait for ${count} answers.`, {
    hint: "It must be a whole number from 1.",
  });
}
