import { normaliseAnswer } from "../answers/normalise.ts";
import { isRealAnswer } from "../answers/real-answer.ts";
import { plurality } from "../answers/plurality.ts";
import type { EventOf, Outcome, Verdict } from "../events/run-event.ts";
import type { FormedAnswer } from "../events/verdict.ts";
import { bestFindings } from "./best-findings.ts";
import { explain, explainNoAnswer, type Grounds } from "./explain.ts";
import { answerText, noAnswerText } from "./explanation-text.ts";
import { type Aggregating, endedTeams, type EndedTeam, type RaceState, workedMs } from "./race-state.ts";

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

/** The answers that one may be taken of: those that were accepted, else those that nobody could judge. */
function candidates(state: RaceState): { readonly answers: readonly EndedTeam[]; readonly note: string } {
  const answers = accepted(state).filter(hasRealAnswer);
  if (answers.length > 0) return { answers, note: "" };
  const left = unvouched(state);
  return { answers: left, note: left.length > 0 ? UNVOUCHED : "" };
}

const UNVOUCHED = "The acceptance check could not be made, so nobody vouches for this answer.";

/**
 * What a model is to make one answer of, once the policy has what it waits for: several answers, with all that those
 * teams did that ended by themselves. Undefined where no model is to be asked, or there is nothing to choose from.
 */
export function toAggregate(state: RaceState): Aggregating | undefined {
  if (state.aggregate.kind !== "llm") return undefined;
  const { answers } = candidates(state);
  if (answers.length < 2) return undefined;
  const names = new Set(answers.map(({ team }) => team));
  const seen = endedTeams(state).filter(({ team, end }) => names.has(team) || WORKED.has(end.event.outcome));
  return { candidates: [...names], teams: seen.map(({ team }) => team) };
}

/** Ends without an answer whose work may hold one all the same. */
const WORKED: ReadonlySet<string> = new Set(["gave-up", "turn-limit"]);

/** The verdict when the policy has what it waits for, or no team is left. */
export function judge(state: RaceState, time: number): Verdict {
  // The literal baseline takes the first end for what it is, even where a later one is an answer.
  if (state.policy.accept === "finished" && state.policy.need === 1) {
    const first = literalFirst(accepted(state));
    return first
      ? taken(state, time, { answers: [first], chosen: first })
      : withoutAnswer(state, time, nobodyAnswered(state), NOBODY);
  }
  const { answers, note } = candidates(state);
  const chosen = choose(answers, state);
  if (chosen) return taken(state, time, { answers, chosen, note });
  return withoutAnswer(state, time, nobodyAnswered(state), NOBODY);
}

const NOBODY = "No team answered.";

/** The verdict when something from outside ends the race. A spent budget throws no answer away. */
export function judgeEarly(
  state: RaceState,
  time: number,
  outcome: "exhausted" | "cancelled",
  reason: string,
): Verdict {
  const { answers, note } = candidates(state);
  const chosen = outcome === "exhausted" ? choose(answers, state) : undefined;
  const because = `The race was ended: ${reason.replace(/\.$/, "")}.`;
  if (chosen) return taken(state, time, { answers, chosen, note: note === "" ? because : `${because} ${note}` });
  return withoutAnswer(state, time, outcome, because);
}

/** The verdict when a model has made one answer of several, or could not: then the vote counts. */
export function judgeAggregated(state: RaceState, time: number, made: EventOf<"answers-aggregated">): Verdict {
  const among = new Set(state.aggregating?.candidates);
  const answers = endedTeams(state).filter(({ team }) => among.has(team));
  const { note } = candidates(state);
  const { answer, value, reason } = made;
  const form = answer === undefined ? undefined : comparable(answer, value);
  const agreeing = answers.filter((team) => formOf(team) === form);
  // What an acceptance has not seen it vouches for just as little as what it has rejected.
  const refused = answer !== undefined && state.vouches && agreeing.length === 0;
  if (answer === undefined || refused) {
    const why = refused ? `Its answer, ${JSON.stringify(answer)}, is none of those that were accepted` : reason;
    return voted(state, time, answers, [`No model could make one answer of them: ${why.replace(/\.$/, "")}.`, note]);
  }
  const model = state.aggregate.kind === "llm" ? { model: state.aggregate.model } : {};
  const grounds = {
    by: "llm",
    basis: agreeing[0]?.team,
    answers: namesOf(answers),
    agreeing: namesOf(agreeing),
  } as const;
  return answered(state, time, { text: answer, value }, { ...grounds, ...model, note });
}

function voted(state: RaceState, time: number, answers: readonly EndedTeam[], notes: readonly string[]): Verdict {
  const chosen = plural(answers);
  const note = notes.filter(Boolean).join(" ");
  if (!chosen) return withoutAnswer(state, time, nobodyAnswered(state), note);
  return taken(state, time, { answers, chosen, note: note, by: "vote" });
}

function hasRealAnswer(team: EndedTeam): boolean {
  const { outcome, answer } = team.end.event;
  return outcome === "answered" && answer !== undefined && isRealAnswer(answer);
}

function literalFirst(candidates: readonly EndedTeam[]): EndedTeam | undefined {
  const first = candidates[0];
  return first && hasRealAnswer(first) ? first : undefined;
}

/** The earliest, or the one that most gave: also where a model was to choose and did not come to it. */
function choose(answers: readonly EndedTeam[], { aggregate }: RaceState): EndedTeam | undefined {
  return aggregate.kind === "first" ? answers[0] : plural(answers);
}

function plural(answers: readonly EndedTeam[]): EndedTeam | undefined {
  const index = plurality(answers.map(formOf));
  return index === undefined ? undefined : answers[index];
}

function formOf(team: EndedTeam): string {
  const { text, value, file } = formedBy(team);
  return file ? file.blob : comparable(text, value);
}

/** Two JSON values are the same where their canonical texts are, all else where GAIA's scorer would say so. */
function comparable(text: string, value: unknown): string {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? text : normaliseAnswer(text);
}

/** The answer of a team as the task's form reads it. */
function formedBy({ proposed, end }: EndedTeam): FormedAnswer {
  const { answer = "" } = end.event;
  return proposed?.answer === answer && proposed.formed ? proposed.formed : { text: answer, value: undefined };
}

function namesOf(teams: readonly EndedTeam[]): string[] {
  return teams.map(({ team }) => team);
}

function nobodyAnswered(state: RaceState): Outcome {
  return endedTeams(state).every((team) => team.end.event.outcome === "failed") ? "failed" : "unanswered";
}

interface Choice {
  /** Those that there were to choose from. */
  readonly answers: readonly EndedTeam[];
  readonly chosen: EndedTeam;
  readonly note?: string;
  readonly by?: Grounds["by"];
}

/** The verdict for a team's own answer. */
function taken(state: RaceState, time: number, { answers, chosen, note = "", by }: Choice): Verdict {
  const agreeing = answers.filter((team) => formOf(team) === formOf(chosen));
  const grounds = {
    by: by ?? (state.aggregate.kind === "first" ? "first" : "vote"),
    basis: chosen.team,
    answers: namesOf(answers),
    agreeing: namesOf(agreeing),
    note,
  } as const;
  return answered(state, time, formedBy(chosen), grounds);
}

function answered(state: RaceState, time: number, { text, value, file }: FormedAnswer, grounds: Grounds): Verdict {
  const explanation = explain(state, grounds);
  const basis = endedTeams(state).find(({ team }) => team === grounds.basis);
  const pace = basis && { afterMs: basis.end.afterMs, turns: basis.end.event.turns };
  return {
    outcome: "answered",
    answer: text,
    ...(value === undefined ? {} : { value }),
    ...(file ? { file } : {}),
    why: answerText(explanation, pace),
    explanation,
    winner: basis?.team ?? null,
    basis: basis?.team ?? null,
    findings: null,
    latencyMs: workedMs(state, time),
  };
}

function withoutAnswer(state: RaceState, time: number, outcome: Outcome, note: string): Verdict {
  const best = bestFindings(state);
  const explanation = explainNoAnswer(state, note, best?.team);
  return {
    outcome,
    answer: null,
    why: noAnswerText(explanation, best ? best.why : ""),
    explanation,
    winner: null,
    basis: null,
    findings: best?.text ?? null,
    latencyMs: workedMs(state, time),
  };
}
