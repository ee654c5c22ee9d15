import type { Origin } from "../../events/run-event.ts";
import { callText } from "../telling/effect-teller.ts";
import { describeAcceptance, describePolicy } from "../telling/event-words.ts";
import { oneLine, printable } from "../words/printable.ts";
import { counted } from "../../base/counted.ts";
import { clockText } from "../words/duration.ts";
import { shortNumber, usdText } from "../words/numbers.ts";
import { warningsOf } from "./render-lanes.ts";
import { totalLine } from "./render-summary.ts";
import type { RunView } from "./run-view.ts";
import { fitLine, span, type ScreenLine, type Tone } from "./screen-line.ts";
import { teamTable } from "./team-table.ts";
import { wrapWords } from "./wrap-words.ts";

export interface SummaryOptions {
  /** Of the screen; undefined for a file or a pipe, where nothing is wrapped or cut. */
  readonly columns: number | undefined;
  /** Up to when a run that has not ended has worked, milliseconds since the epoch. */
  readonly now: number;
  /** A process works on it. */
  readonly running: boolean;
}

/** Longer ones are in `--full`. */
const MOST_REASON = 600;
const MOST_EFFECTS = 8;

/**
 * A run as a person reads it on one screen: what was asked, what came of it and why, what each team took. The same
 * for one that goes on, waits or was interrupted: then as far as it has come.
 */
export function renderRun(view: RunView, options: SummaryOptions): ScreenLine[] {
  const { start } = view;
  if (!start) return [];
  const blocks: ScreenLine[][] = [
    [...paragraph(start.task.prompt, options, "strong"), ...warningsOf(view).map((text) => [span(text, "asks")])],
    verdictLines(view, options),
    teamTable(view, view.teams, options),
    reasonLines(view, options),
    effectLines(view),
    [...factLines(view, options), totalLine(view, options.now)],
  ];
  const lines = blocks.filter((block) => block.length > 0).flatMap((block) => [...block, []]);
  return lines.map((line) => fitLine(line, options.columns ?? Number.POSITIVE_INFINITY));
}

/** The answer, then why; without one, the best that was found, as such. */
function verdictLines({ decided }: RunView, options: SummaryOptions): ScreenLine[] {
  if (!decided) return [];
  const { outcome, answer, why, findings } = decided;
  const head =
    answer === null ? paragraph(`No answer (${outcome}).`, options, "bad") : paragraph(answer, options, "good");
  const partial = findings ? [[], ...paragraph(`Best partial findings, not an answer:\n${findings}`, options)] : [];
  return [...head, [], ...paragraph(why, options), ...partial];
}

/** Why teams ended without an answer, where the table has no room to say. */
function reasonLines(view: RunView, options: SummaryOptions): ScreenLine[] {
  if (view.teams.length > 8) return [];
  const told = view.teams.filter(({ state }) => state === "failed" || state === "gave-up" || state === "rejected");
  return told.flatMap(({ name, reason }) => paragraph(`${name}: ${oneLine(reason).slice(0, MOST_REASON)}`, options));
}

/** What the run did in the world, and what it asks about it. */
function effectLines({ effects, questions }: RunView): ScreenLine[] {
  const done = effects.effects.map((effect): ScreenLine => {
    const tone = effect.state === "performed" ? "good" : effect.state === "failed" ? "bad" : "asks";
    return [span(`${effect.state} `, tone), span(callText(effect)), span(` (${effect.team})`)];
  });
  const left = done.length - MOST_EFFECTS;
  const asked = questions.map((question): ScreenLine => [
    span(`${question.question} `, "asks"),
    span(`asks: ${question.text}`),
  ]);
  if (done.length + asked.length === 0) return [];
  const more = left > 0 ? [[span(`  and ${left} more (--lines)`)]] : [];
  return [[span("external calls", "faint")], ...indented([...done.slice(0, MOST_EFFECTS), ...asked]), ...more];
}

/** What the race was made with, one thing a line. */
function factLines(view: RunView, options: SummaryOptions): ScreenLine[] {
  const { start, teams } = view;
  if (!start) return [];
  const { limits, task, acceptance, programs, workdir, origin } = start;
  const unique = (texts: readonly (string | undefined)[]) =>
    [...new Set(texts.flatMap((text) => text || []))].join(", ");
  const budget = [
    limits.usd === undefined ? "" : usdText(limits.usd),
    limits.tokens === undefined ? "" : `${shortNumber(limits.tokens)} tokens`,
    limits.deadlineMs === undefined ? "" : `${clockText(limits.deadlineMs)} of work`,
  ].filter(Boolean);
  const facts: readonly (readonly [string, string])[] = [
    ["files", task.files.map(({ name, bytes }) => `${name} (${shortNumber(bytes)}B)`).join(", ")],
    ["folder", workdir ? `every team worked on a copy of ${workdir.path}` : ""],
    ["models", unique(teams.map(({ models, command, kind }) => command ?? (models.join(" + ") || kind)))],
    ["mode", unique(teams.map(({ mode }) => mode))],
    ["policy", describePolicy(start)],
    ["check", acceptance ? describeAcceptance(acceptance, programs?.unsafeHostExec) : ""],
    ["limits", budget.join(", ")],
    ["from", origin ? originText(origin) : ""],
    ["begun", begunText(view)],
    ["run", start.runId],
  ];
  return facts
    .filter(([, text]) => text !== "")
    .flatMap(([name, text]) => paragraph(`${name.padEnd(8)}${oneLine(text)}`, options, "plain", 8));
}

function begunText({ start, resumed }: RunView): string {
  const at = new Date(start?.time ?? 0).toISOString().slice(0, 16).replace("T", " ");
  const again = resumed > 0 ? `, resumed ${resumed === 1 ? "once" : counted(resumed, "time")}` : "";
  return `${at} UTC by m1-parallel ${start?.engineVersion ?? ""}${again}`;
}

function originText({ kind, runId, copied }: Origin): string {
  return `${kind === "fork" ? "forked from" : "continues"} run ${runId}, ${copied - 1} events of it`;
}

/** A text wrapped to the screen, with its own lines kept; further lines are indented by `hang`. */
function paragraph(text: string, { columns }: SummaryOptions, tone: Tone = "plain", hang = 0): ScreenLine[] {
  const clean = printable(text.toWellFormed()).replaceAll("\t", "  ").trimEnd();
  if (columns === undefined) return clean.split("\n").map((line) => [span(line, tone)]);
  return wrapWords(clean, columns, hang)
    .split("\n")
    .map((line, index) => [span(index === 0 ? line : " ".repeat(hang) + line, tone)]);
}

function indented(lines: readonly ScreenLine[]): ScreenLine[] {
  return lines.map((line) => [span("  "), ...line]);
}
