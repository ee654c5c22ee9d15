import type { RacePolicy } from "../events/run-event.ts";

/** The first team that really answers ends the race. */
export const firstAnswer = (): RacePolicy => ({ name: "first-answer", need: 1, accept: "answered" });

/** The paper's literal baseline: the first team that ends, answer or not, ends the race. For evaluation. */
export const firstFinisher = (): RacePolicy => ({ name: "first-finisher", need: 1, accept: "finished" });

/** Every team ends; the answer that most of them gave is taken, of equals the earliest. */
export const all = (): RacePolicy => ({ name: "all", need: null, accept: "answered" });

/** The policies by their names on the command line. */
export const POLICIES: Readonly<Record<string, () => RacePolicy>> = {
  "first-answer": firstAnswer,
  "first-finisher": firstFinisher,
  all,
};
