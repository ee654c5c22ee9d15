import { normaliseAnswer } from "../answers/normalise.ts";
import { endedTeams, type EndedTeam, type RaceState } from "./race-state.ts";

/** Why this answer: which team, on what evidence, what the others said. */
export function explainAnswer(state: RaceState, chosen: EndedTeam, answers: readonly EndedTeam[]): string {
  const { event, afterMs } = chosen.end;
  const pace = `after ${(afterMs / 1000).toFixed(1)} s and ${event.turns} ${event.turns === 1 ? "turn" : "turns"}`;
  const head =
    answers.length > 1
      ? `${agreeing(chosen, answers)} of ${answers.length} answers agree; ${chosen.team} gave this one first, ${pace}.`
      : `${chosen.team} answered first, ${pace}.`;
  return [head, sentence(event.reason), othersSaid(state, chosen.team)].filter(Boolean).join(" ");
}

/** What each team came to, where none answered. */
export function explainNoAnswer(state: RaceState): string {
  return othersSaid(state);
}

function agreeing(chosen: EndedTeam, answers: readonly EndedTeam[]): number {
  const form = (team: EndedTeam) => normaliseAnswer(team.end.event.answer ?? "");
  return answers.filter((team) => form(team) === form(chosen)).length;
}

function othersSaid(state: RaceState, except?: string): string {
  const ended = endedTeams(state).filter((team) => team.team !== except);
  const working = state.teams.filter((team) => team.team !== except && team.launched && !team.end);
  const said = ended.map((team) => `${team.team} ${saidBy(team)}`);
  if (working.length > 0) {
    const names = working.map((team) => team.team);
    said.push(`${list(names)} ${names.length === 1 ? "was" : "were"} still working`);
  }
  return sentence(said.join("; "));
}

function saidBy(team: EndedTeam): string {
  const { outcome, answer, reason } = team.end.event;
  const because = reason.trim().replace(/\.$/, "");
  switch (outcome) {
    case "answered":
      return answer?.trim() ? `said "${answer.trim()}"` : "ended with an empty answer";
    case "turn-limit":
      return "reached its turn limit";
    case "failed":
      return `failed (${because})`;
    case "rejected":
      return `was refused (${because})`;
    case "gave-up":
      return `gave up (${because})`;
    case "stopped":
      return "was stopped";
  }
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === "" || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
