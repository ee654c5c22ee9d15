import { EFFECTS } from "../telling/event-words.ts";
import { counted } from "../../base/counted.ts";
import { clockText } from "../words/duration.ts";
import { costText, tokensText } from "../words/numbers.ts";
import { mostInteresting, warningsOf } from "./render-lanes.ts";
import { fitLine, span, type ScreenLine, type Span } from "./screen-line.ts";
import { teamTable } from "./team-table.ts";
import type { RunView } from "./run-view.ts";

/** Of more teams the most telling ones stay on the screen. */
const MOST_TEAMS = 12;

/** What stays on the screen of lanes when they end: each team in a line, and what the race took. */
export function renderSummary(view: RunView, columns: number, now: number, label?: string): ScreenLine[] {
  const { start } = view;
  if (!start) return [];
  const shown = view.teams.length <= MOST_TEAMS ? view.teams : mostInteresting(view, MOST_TEAMS);
  const left = view.teams.length - shown.length;
  const lines: ScreenLine[] = [
    [...(label === undefined ? [] : [span(`${label}  `, "asks")]), span(start.task.prompt, "strong")],
    ...warningsOf(view).map((text): ScreenLine => [span(text, "asks")]),
    ...teamTable(view, shown, { columns, now, running: false }),
    ...(left > 0 ? [[span(`  and ${counted(left, "more team")}`)]] : []),
    totalLine(view, now),
    [span(`run ${start.runId}`, "faint")],
  ];
  return lines.map((line) => fitLine(line, columns));
}

/** How the race stands or ended, and what it took. */
export function totalLine(view: RunView, now: number): ScreenLine {
  const { account, decided, finished } = view;
  const tokens = tokensText(account);
  const took = clockText(decided ? decided.latencyMs : view.workedMs(now));
  const facts = [
    tokens === "" || account.calls === 0 ? "" : `${tokens} tokens in ${counted(account.calls, "model call")}`,
    account.costUsd > 0 ? costText(account) : "",
    finished && finished.afterWin.callsAborted > 0 ? `${counted(finished.afterWin.callsAborted, "call")} cut off` : "",
    finished && finished.afterWin.stillAlive.length > 0
      ? `still alive: ${finished.afterWin.stillAlive.join(", ")}`
      : "",
    finished ? EFFECTS[view.effects.summary()] : "",
  ].filter(Boolean);
  return [standing(view, took), ...facts.map((fact) => span(` · ${fact}`))];
}

function standing({ decided }: RunView, took: string): Span {
  if (!decided) return span(`not decided after ${took}`, "asks");
  return decided.outcome === "answered"
    ? span(`answered after ${took}`, "good")
    : span(`${decided.outcome} after ${took}`, "bad");
}
