import type { Explanation, OtherTeam } from "../events/verdict.ts";
import { shown } from "./evidence.ts";
import { endedTeams, type RaceState, type TeamState } from "./race-state.ts";

/** Of a team's own words the end, where it says what it came to. */
const LONGEST_FINDINGS = 2_000;

/** What an explanation is made of. */
export interface Grounds {
  readonly by: NonNullable<Explanation["by"]>;
  /** The team that the answer rests on. */
  readonly basis: string | undefined;
  /** Those whose answers there were to choose from, and those of them that gave this one. */
  readonly answers: readonly string[];
  readonly agreeing: readonly string[];
  readonly model?: string;
  readonly note?: string;
}

/** Why it is this answer: which team, on what evidence, what the others said. */
export function explain(state: RaceState, grounds: Grounds): Explanation {
  const { by, basis, answers, agreeing, model, note } = grounds;
  return {
    by,
    ...(model === undefined ? {} : { model }),
    ...(note === undefined || note === "" ? {} : { note }),
    answers: answers.length,
    agreeing: agreeing.length,
    ...evidenceOf(state, basis),
    others: othersOf(state, basis, new Set(agreeing)),
  };
}

/** What each team came to, where there is no answer; `furthest` is the team with the best partial findings. */
export function explainNoAnswer(state: RaceState, note: string, furthest: string | undefined): Explanation {
  return {
    by: null,
    ...(note === "" ? {} : { note }),
    answers: 0,
    agreeing: 0,
    ...evidenceOf(state, furthest),
    others: othersOf(state, undefined, new Set()),
  };
}

function evidenceOf(state: RaceState, name: string | undefined): Pick<Explanation, "evidence"> {
  const team = state.teams.find((each) => each.team === name);
  if (!team) return {};
  const findings = team.end?.event.findings ?? team.said ?? "";
  const reason = team.end?.event.reason ?? "";
  return { evidence: { team: team.team, reason, findings: tailOf(findings), steps: shown(team.evidence) } };
}

/** Those that ended in the order in which they did, then those that still work. */
function othersOf(state: RaceState, basis: string | undefined, agreeing: ReadonlySet<string>): OtherTeam[] {
  const working = state.teams.filter((team) => team.launched && !team.end);
  const others = [...endedTeams(state), ...working].filter(({ team }) => team !== basis);
  return others.map((team) => otherTeam(team, agreeing));
}

function otherTeam({ team, turns, end }: TeamState, agreeing: ReadonlySet<string>): OtherTeam {
  if (!end) return { team, came: "working", turns };
  const { outcome, answer, reason } = end.event;
  const told = { team, reason, turns: Math.max(turns, end.event.turns), afterMs: end.afterMs };
  if (outcome !== "answered") return { ...told, came: outcome };
  if (!answer?.trim()) return { ...told, came: "empty" };
  return { ...told, came: agreeing.has(team) ? "agreed" : "differed", answer };
}

function tailOf(text: string): string {
  return text.length <= LONGEST_FINDINGS ? text : `…${text.slice(-LONGEST_FINDINGS).toWellFormed()}`;
}
