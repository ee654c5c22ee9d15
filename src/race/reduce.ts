import { settle, spentLimit } from "../governance/account.ts";
import type { Usage } from "../events/model-call.ts";
import type { EventOf, LoggedEvent, Verdict } from "../events/run-event.ts";
import { withBegun, withFinished } from "./evidence.ts";
import { type RaceDecision, type RaceState, type TeamState, workedMs } from "./race-state.ts";
import { accepted, judge, judgeAggregated, judgeEarly, toAggregate } from "./judge.ts";

type Reduced = readonly [RaceState, readonly RaceDecision[]];

/**
 * The race: one event in, the new state and what is to be done out. Pure. Promises R1 (one verdict a
 * run), R2 (only a real answer ends the race early), R4 (a failed team ends nobody else).
 */
export function reduce(before: RaceState, event: LoggedEvent): Reduced {
  const state = { ...before, lastAt: event.time };
  switch (event.type) {
    case "run-started":
      return start(state, event);
    case "run-resumed":
      return [{ ...state, pausedMs: before.pausedMs + event.time - before.lastAt }, []];
    case "team-launched":
      return [withTeam(state, event.team, (team) => ({ ...team, launched: true })), []];
    case "step-started":
      return startStep(state, event);
    case "step-finished":
      return [spend(finishStep(state, event), event), []];
    case "step-restarted":
      return [spend(state, event), []];
    case "answer-proposed":
      return propose(state, event);
    case "answer-judged":
      return [withTeam(state, event.team, (team) => judged(team, event)), []];
    case "turn-started":
      return [withTeam(state, event.scope, (team) => ({ ...team, turns: event.turn })), []];
    case "agent-spoke":
      if (event.to !== undefined) return [state, []];
      return [withTeam(state, event.scope, (team) => ({ ...team, said: `${event.agent}: ${event.text}` })), []];
    case "team-finished":
      return finishTeam(state, event);
    case "answers-aggregated":
      return state.aggregating ? decide(state, judgeAggregated(state, event.time, event)) : [state, []];
    case "deadline-passed":
      return decide(
        state,
        judgeEarly(state, event.time, "exhausted", `the deadline of ${event.deadlineMs / 1000} s passed`),
      );
    case "cancel-requested":
      return decide(state, judgeEarly(state, event.time, "cancelled", event.reason));
    case "race-decided":
      return [{ ...state, verdict: state.verdict ?? event }, []];
    default:
      return [state, []];
  }
}

/**
 * What is still to be done where a process takes up a run that another one left: all that the events so
 * far made the race want, and that has not come about.
 */
export function outstanding(state: RaceState): readonly RaceDecision[] {
  if (state.verdict) return [{ type: "finish", verdict: state.verdict }];
  if (state.aggregating) return [{ type: "aggregate", ...state.aggregating }];
  return state.teams
    .filter((team) => !team.end)
    .flatMap(({ team, proposed }): RaceDecision[] => {
      const unjudged = state.judges && proposed && proposed.verdict === undefined;
      const judge = unjudged ? [{ type: "judge", team, proposal: proposed.key, answer: proposed.answer } as const] : [];
      return [{ type: "launch", team }, ...judge];
    });
}

function start(state: RaceState, event: LoggedEvent & { type: "run-started" }): Reduced {
  const teams = event.teams.map((team): TeamState => ({
    team: team.team,
    launched: false,
    turns: 0,
    said: undefined,
    evidence: [],
    proposed: undefined,
    end: undefined,
  }));
  const { policy, limits, acceptance, origin, task } = event;
  const vouches = acceptance !== undefined;
  const judges = vouches || task.answer !== undefined;
  const copied = origin?.copied ?? 0;
  const aggregate = event.aggregate ?? ({ kind: policy.need === 1 ? "first" : "vote" } as const);
  return [
    { ...state, policy, aggregate, limits, judges, vouches, startedAt: event.time, copied, teams },
    teams.map((team) => ({ type: "launch", team: team.team })),
  ];
}

function finishTeam(state: RaceState, event: LoggedEvent & { type: "team-finished" }): Reduced {
  if (state.verdict) return [state, []];
  const end = { event, afterMs: workedMs(state, event.time) };
  const next: RaceState = {
    ...withTeam(state, event.team, (team) => ({ ...team, end })),
    ended: [...state.ended, event.team],
  };
  // Who ends while the answers of others are aggregated was not needed any more.
  if (state.aggregating) return [next, []];
  const { need } = next.policy;
  const enough = need !== null && accepted(next).length >= need;
  const everyoneEnded = next.teams.every((team) => team.end);
  if (!enough && !everyoneEnded) return [next, []];
  const aggregating = toAggregate(next);
  if (!aggregating) return decide(next, judge(next, event.time));
  return [{ ...next, aggregating }, [{ type: "aggregate", ...aggregating }]];
}

function propose(state: RaceState, event: LoggedEvent & EventOf<"answer-proposed">): Reduced {
  const { key, answer } = event;
  const team = event.scope;
  const next = withTeam(state, team, (each) => ({ ...each, proposed: { key, answer, verdict: undefined } }));
  if (!state.judges || state.verdict) return [next, []];
  return [next, [{ type: "judge", team, proposal: key, answer }]];
}

function judged(team: TeamState, { proposal, verdict, formed }: EventOf<"answer-judged">): TeamState {
  if (team.proposed?.key !== proposal) return team;
  return { ...team, proposed: { ...team.proposed, verdict, ...(formed ? { formed } : {}) } };
}

function finishStep(state: RaceState, event: LoggedEvent & EventOf<"step-finished">): RaceState {
  if (!event.result) return state;
  return withTeam(state, event.scope, (team) => ({ ...team, evidence: withFinished(team.evidence, event) }));
}

function spend(
  state: RaceState,
  { usage, seq }: { readonly usage?: Usage | undefined; readonly seq: number },
): RaceState {
  if (!usage || seq <= state.copied) return state;
  const account = settle(state.account, usage);
  return { ...state, account, spent: spentLimit(account, state.limits) };
}

/**
 * No call is begun past a limit. Not the call that reached it ends the race but the next one: what
 * was paid for may have been the answer.
 */
function startStep(state: RaceState, event: LoggedEvent & EventOf<"step-started">): Reduced {
  const { step, key } = event;
  if (step.kind === "tool") {
    return [withTeam(state, event.scope, (team) => ({ ...team, evidence: withBegun(team.evidence, key, step) })), []];
  }
  if (state.spent === undefined) return [state, []];
  return decide(state, judgeEarly(state, event.time, "exhausted", state.spent));
}

function decide(state: RaceState, verdict: Verdict): Reduced {
  if (state.verdict) return [state, []];
  return [{ ...state, verdict }, [{ type: "finish", verdict }]];
}

function withTeam(state: RaceState, name: string, change: (team: TeamState) => TeamState): RaceState {
  return { ...state, teams: state.teams.map((team) => (team.team === name ? change(team) : team)) };
}
