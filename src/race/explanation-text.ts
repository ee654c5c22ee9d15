import { counted } from "../base/counted.ts";
import type { EvidenceStep, Explanation, OtherTeam } from "../events/verdict.ts";

const LONGEST_EXCERPT = 120;
/** Of another team's answer: all of it is with `show`. */
const LONGEST_ANSWER = 300;

/** How the team that an answer rests on came to it. */
export interface Pace {
  readonly afterMs: number;
  readonly turns: number;
}

/** An explanation in words, for an answer. */
export function answerText(explanation: Explanation, pace: Pace | undefined): string {
  const { note = "", evidence, others } = explanation;
  return joined([
    note,
    head(explanation, pace),
    sentence(evidence?.reason ?? ""),
    restsOn(evidence?.steps ?? []),
    othersText(others),
  ]);
}

/**
 * An explanation in words, where there is no answer; `furthest` says which team's findings are shown, and why these.
 */
export function noAnswerText({ note = "", others }: Explanation, furthest: string): string {
  return joined([note, othersText(others), furthest]);
}

function head({ by, model, answers, agreeing, evidence }: Explanation, pace: Pace | undefined): string {
  const team = evidence?.team;
  const after = pace ? `after ${(pace.afterMs / 1000).toFixed(1)} s and ${counted(pace.turns, "turn")}` : "";
  if (by === "llm") {
    const made = `${model ?? "A model"} made one answer of ${answers}`;
    if (team === undefined) return `${made}; it is none of theirs, so it rests on no team.`;
    return `${made}: ${agreeing} of ${answers} agree with it, and ${team} gave it first, ${after}.`;
  }
  if (answers > 1 && by === "vote")
    return `${agreeing} of ${answers} answers agree; ${team} gave this one first, ${after}.`;
  return `${team} answered first, ${after}.`;
}

function restsOn(steps: readonly EvidenceStep[]): string {
  const [newest] = steps;
  if (!newest) return "";
  const { kind, what, key, excerpt } = newest;
  const lines = excerpt.trim().split("\n");
  const last = lines.at(-1) ?? "";
  const shown = last.length > LONGEST_EXCERPT ? `…${last.slice(-LONGEST_EXCERPT).toWellFormed()}` : last;
  const source = { program: `a program (${what})`, file: `the file ${what}`, page: `the page ${what}`, tool: what }[
    kind
  ];
  return `Last before it came ${source}, ${key}: ${JSON.stringify(shown)}.`;
}

function othersText(others: readonly OtherTeam[]): string {
  const working = others.filter(({ came }) => came === "working");
  const said = others.filter(({ came }) => came !== "working").map((other) => `${other.team} ${cameTo(other)}`);
  if (working.length > 0) {
    const turns = working.map((other) => String(other.turns));
    const names = list(working.map(({ team }) => team));
    const at = working.some((other) => other.turns > 0)
      ? `, at ${working.length === 1 ? "turn" : "turns"} ${list(turns)}`
      : "";
    said.push(`${names} ${working.length === 1 ? "was" : "were"} still working${at}`);
  }
  return sentence(said.join("; "));
}

function cameTo({ came, answer = "", reason = "", turns }: OtherTeam): string {
  const because = reason.trim().replace(/\.$/, "");
  switch (came) {
    case "agreed":
      return `agreed ("${shortened(answer)}")`;
    case "differed":
      return `said "${shortened(answer)}"`;
    case "empty":
      return "ended with an empty answer";
    case "turn-limit":
      return "reached its turn limit";
    case "failed":
      return `failed (${because})`;
    case "rejected":
      return `was refused (${because})`;
    case "gave-up":
      return `gave up (${because})`;
    case "stopped":
    case "working":
      return turns > 0 ? `was stopped at turn ${turns}` : "was stopped";
  }
}

function shortened(answer: string): string {
  const trimmed = answer.trim();
  return trimmed.length <= LONGEST_ANSWER ? trimmed : `${trimmed.slice(0, LONGEST_ANSWER).toWellFormed()}…`;
}

function joined(sentences: readonly string[]): string {
  return sentences.filter((text) => text.trim() !== "").join(" ");
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === "" || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
