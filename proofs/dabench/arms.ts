import type { RacePolicy } from "../../src/events/run-event.ts";
import { first, vote, type Aggregator } from "../../src/answers/aggregators.ts";
import { all, firstAnswer } from "../../src/race/policies.ts";

/** One way to answer a question; every question is raced once in each. */
export interface Arm {
  readonly name: string;
  readonly teams: number;
  readonly policy: () => RacePolicy;
  readonly aggregate: Aggregator;
}

export const ONE_TEAM = "k=1";
/** Its teams all run to their ends, so that their runs are whole ones. */
export const VOTE = "k=3 vote";

export const ARMS: readonly Arm[] = [
  { name: ONE_TEAM, teams: 1, policy: firstAnswer, aggregate: first() },
  { name: "k=3 first-answer", teams: 3, policy: firstAnswer, aggregate: first() },
  { name: VOTE, teams: 3, policy: all, aggregate: vote() },
];
