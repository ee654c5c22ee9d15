import { isRealAnswer } from "../answers/real-answer.ts";
import { plurality } from "../answers/plurality.ts";
import type { Outcome, Verdict } from "../events/run-event.ts";
import { explainAnswer, explainNoAnswer } from "./explain.ts";
import { endedTeams, type EndedTeam, type RaceState, workedMs } from "./race-state.ts";

/** The teams whose end counts under the policy, in the order in which they ended. */
export function accepted(state: RaceState): readonly EndedTeam[] {
  return endedTeams(state).filter((team) => {
    const { outcome } = team.end.event;
    if (outcome === "failed" || outcome === "stopped" || outcome === "rejected") return false;
    if (state.policy.accept === "finished") return true;
    return hasRealAnswer(team) && (!state.judges || verdictOf(team) === "accept");
  });
}

/** Real answers of which the acceptance could not find out whether they will do: taken where there is no better. */
function unvouched(state: RaceState): readonly EndedTeam[] {
  if (!state.judges) return [];
  return endedTeams(state).filter((team) => hasRealAnswer(team) && verdictOf(team) === "defer");
}

/** What the acceptance said of the answer that a team ended with. */
function verdictOf({ proposed, end }: EndedTeam): string | undefined {
  return proposed?.answer === end.event.answer ? proposed?.verdict : undefined;
}

/** The verdict when the policy has what it waits for, or no team is left. */
export function judge(state: RaceState, time: number): Verdict {
  const candidates = accepted(state);
  const answers = candidates.filter(hasRealAnswer);
  // The literal baseline takes the first end for what it is, even where a later one is an answer.
  const chosen = state.policy.accept === "finished" ? literalFirst(candidates) : choose(answers, state.policy.need);
  if (chosen) return answered(state, time, chosen, answers, "");
  const candidatesLeft = unvouched(state);
  const left = choose(candidatesLeft, state.policy.need);
  if (left) return answered(state, time, left, candidatesLeft, UNVOUCHED);
  return withoutAnswer(state, time, nobodyAnswered(state), "No team answered.");
}

const UNVOUCHED = "The acceptance check could not be made, so nobody vouches for this answer.";

/** The verdict when something from outside ends the race. A spent budget throws no answer away. */
export function judgeEarly(
  state: RaceState,
  time: number,
  outcome: "exhausted" | "cancelled",
  reason: string,
): Verdict {
  const answers = accepted(state).filter(hasRealAnswer);
  const chosen = outcome === "exhausted" ? choose(answers, state.policy.need) : undefined;
  const because = `The race was ended: ${reason.replace(/\.$/, "")}.`;
  if (chosen) return answered(state, time, chosen, answers, because);
  return withoutAnswer(state, time, outcome, because);
}

function hasRealAnswer(team: EndedTeam): boolean {
  const { outcome, answer } = team.end.event;
  return outcome === "answered" && answer !== undefined && isRealAnswer(answer);
}

function literalFirst(candidates: readonly EndedTeam[]): EndedTeam | undefined {
  const first = candidates[0];
  return first && hasRealAnswer(first) ? first : undefined;
}

/** One answer ends the race: it is taken. Several were waited for: the one that most gave. */
function choose(answers: readonly EndedTeam[], need: number | null): EndedTeam | undefined {
  if (need === 1) return answers[0];
  const index = plurality(answers.map((team) => team.end.event.answer ?? ""));
  return index === undefined ? undefined : answers[index];
}

function nobodyAnswered(state: RaceState): Outcome {
  return endedTeams(state).every((team) => team.end.event.outcome === "failed") ? "failed" : "unanswered";
}

function answered(
  state: RaceState,
  time: number,
  team: EndedTeam,
  answers: readonly EndedTeam[],
  because: string,
): Verdict {
  const why = [because, explainAnswer(state, team, answers)].join(" ").trim();
  const answer = team.end.event.answer ?? "";
  return { outcome: "answered", answer, why, winner: team.team, findings: null, latencyMs: workedMs(state, time) };
}

function withoutAnswer(state: RaceState, time: number, outcome: Outcome, because: string): Verdict {
  const why = [because, explainNoAnswer(state)].join(" ").trim();
  const latencyMs = workedMs(state, time);
  return { outcome, answer: null, why, winner: null, findings: bestFindings(state), latencyMs };
}

/**
 * The best that was found without an answer: of the team that took most turns, an ended one's findings
 * or the last that a working one said; of equals the earlier in the line-up.
 */
function bestFindings(state: RaceState): string | null {
  let best: { readonly turns: number; readonly text: string } | undefined;
  for (const { team, turns, said, end } of state.teams) {
    const text = end?.event.findings ?? (said === undefined ? "" : `${team}, still working. ${said}`);
    const took = end?.event.turns ?? turns;
    if (text.trim() !== "" && (!best || took > best.turns)) best = { turns: took, text };
  }
  return best?.text ?? null;
}
