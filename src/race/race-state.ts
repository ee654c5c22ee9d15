import type { AcceptanceVerdict } from "../events/input.ts";
import type { AggregateDescription } from "../events/aggregate.ts";
import type { EventOf, Limits, RacePolicy, Verdict } from "../events/run-event.ts";
import { EMPTY_ACCOUNT, type Account } from "../governance/account.ts";
import type { FormedAnswer } from "../events/verdict.ts";
import type { Evidence } from "./evidence.ts";

/** An answer that a team put before the race, and what the run's acceptance said of it. */
export interface ProposedAnswer {
  /** The key of its `answer-proposed`. */
  readonly key: string;
  readonly answer: string;
  readonly verdict: AcceptanceVerdict["verdict"] | undefined;
  /** How the task's form reads it. */
  readonly formed?: FormedAnswer;
}

/** One team as the race sees it. */
export interface TeamState {
  readonly team: string;
  readonly launched: boolean;
  readonly turns: number;
  /** The last that one of its agents said to all: what it has found so far. */
  readonly said: string | undefined;
  /** The newest of what it did by tools, for what its answer rests on. */
  readonly evidence: readonly Evidence[];
  /** Its newest proposal. */
  readonly proposed: ProposedAnswer | undefined;
  /** How it ended, and when: milliseconds after the run's start. */
  readonly end: { readonly event: EventOf<"team-finished">; readonly afterMs: number } | undefined;
}

/** An aggregation under way: whose answers are to become one, and all those whose work the aggregator sees. */
export interface Aggregating {
  /** In the order in which they ended. */
  readonly candidates: readonly string[];
  readonly teams: readonly string[];
}

/** All that the race knows: a fold over the run's events, the same live, in replay and in simulation. */
export interface RaceState {
  readonly policy: RacePolicy;
  /** How one answer is made of several. */
  readonly aggregate: AggregateDescription;
  /** Enough teams have answered, and a model makes one answer of theirs. */
  readonly aggregating: Aggregating | undefined;
  readonly limits: Limits;
  /** Whether answers are judged before they may end the race: for their form, or by an acceptance. */
  readonly judges: boolean;
  /** Whether an acceptance vouches for answers. */
  readonly vouches: boolean;
  readonly startedAt: number;
  /** The events up to this number are another run's: what they used was spent there. */
  readonly copied: number;
  /** Milliseconds between the processes that worked on the run: no part of its time. */
  readonly pausedMs: number;
  /** When the newest event was logged. */
  readonly lastAt: number;
  /** In the order of the line-up. */
  readonly teams: readonly TeamState[];
  /** Teams in the order in which they ended. */
  readonly ended: readonly string[];
  readonly account: Account;
  /** Which limit is spent, in words; the next model call then ends the race. */
  readonly spent: string | undefined;
  readonly verdict: Verdict | undefined;
}

/** What the race wants done. */
export type RaceDecision =
  | { readonly type: "launch"; readonly team: string }
  | { readonly type: "judge"; readonly team: string; readonly proposal: string; readonly answer: string }
  /** Who still works is not needed any more; a model makes one answer of what these teams did. */
  | ({ readonly type: "aggregate" } & Aggregating)
  | { readonly type: "finish"; readonly verdict: Verdict };

export const WAITING_RACE: RaceState = {
  policy: { name: "first-answer", need: 1, accept: "answered" },
  aggregate: { kind: "first" },
  aggregating: undefined,
  limits: {},
  judges: false,
  vouches: false,
  startedAt: 0,
  copied: 0,
  pausedMs: 0,
  lastAt: 0,
  teams: [],
  ended: [],
  account: EMPTY_ACCOUNT,
  spent: undefined,
  verdict: undefined,
};

/** How long the run has been worked on at the time of an event. */
export function workedMs(state: RaceState, time: number): number {
  return time - state.startedAt - state.pausedMs;
}

export type EndedTeam = TeamState & { readonly end: NonNullable<TeamState["end"]> };

/** The teams that ended, in the order in which they did. */
export function endedTeams(state: RaceState): EndedTeam[] {
  const byName = new Map(state.teams.map((team) => [team.team, team] as const));
  return state.ended.flatMap((name) => {
    const team = byName.get(name);
    return team?.end ? [{ ...team, end: team.end }] : [];
  });
}
