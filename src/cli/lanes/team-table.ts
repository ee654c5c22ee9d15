import { clockText } from "../words/duration.ts";
import { costText, tokensText } from "../words/numbers.ts";
import { fitText, widthOf } from "./fit-text.ts";
import { span, type ScreenLine, type Span, type Tone } from "./screen-line.ts";
import type { RunView } from "./run-view.ts";
import type { TeamView } from "./team-view.ts";

interface Column {
  readonly title: string;
  readonly right: boolean;
  /** Shown from so many columns of the screen on. */
  readonly from: number;
  /** Left out where it says nothing of any team. */
  readonly optional?: true;
  readonly text: (team: TeamView) => string;
}

export interface TableOptions {
  /** Of the screen, if it is one. */
  readonly columns: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A process works on the run. */
  readonly running: boolean;
}

/** A line a team, under a line of titles: what it took, and how it ended. */
export function teamTable(
  view: RunView,
  teams: readonly TeamView[],
  { columns = 120, now, running }: TableOptions,
): ScreenLine[] {
  const shown = columnsOf(view, now).filter(
    ({ from, optional, text }) => columns >= from && !(optional && teams.every((team) => isNothing(text(team)))),
  );
  const widths = shown.map(({ title, text }) =>
    teams.reduce((most, team) => Math.max(most, widthOf(fitText(text(team), columns))), title.length),
  );
  const row = (cells: readonly string[], tone: Tone): Span[] =>
    cells.map((cell, index) => span(`${aligned(cell, widths[index] ?? 0, shown[index]?.right ?? false)}  `, tone));
  const titles = row(
    shown.map(({ title }) => title),
    "faint",
  );
  return [
    [span("  "), ...titles],
    ...teams.map((team): ScreenLine => {
      const [tone, mark] = markOf(view, team);
      const [name, ...rest] = row(
        shown.map(({ text }) => fitText(text(team), columns)),
        "plain",
      );
      return [span(`${mark} `, tone), ...(name ? [{ ...name, tone }] : []), ...rest, ...endSpans(view, team, running)];
    }),
  ];
}

function columnsOf(view: RunView, now: number): Column[] {
  const modes = new Set(view.teams.map(({ mode }) => mode)).size;
  return [
    { title: "team", right: false, from: 0, text: ({ name }) => name },
    { title: "turns", right: true, from: 34, text: ({ turn }) => String(turn) },
    { title: "steps", right: true, from: 72, text: ({ steps }) => String(steps) },
    { title: "tokens", right: true, from: 46, optional: true, text: ({ account }) => tokensText(account) || "–" },
    { title: "cost", right: true, from: 60, optional: true, text: ({ account }) => knownCost(costText(account)) },
    { title: "time", right: true, from: 40, text: (team) => clockText(view.teamMs(team, now)) },
    { title: "stalls", right: true, from: 80, optional: true, text: ({ stallsInAll }) => String(stallsInAll) },
    { title: "re-plans", right: true, from: 80, optional: true, text: ({ replans }) => String(replans) },
    { title: "rejected", right: true, from: 80, optional: true, text: ({ rejections }) => String(rejections) },
    { title: "mode", right: false, from: 100, optional: true, text: ({ mode }) => (modes > 1 ? (mode ?? "") : "") },
  ];
}

/** A price of nothing is that of a model on this machine: no need to say so. */
function knownCost(text: string): string {
  return text === "$0" ? "" : text;
}

function isNothing(text: string): boolean {
  return text === "" || text === "0" || text === "–";
}

function aligned(text: string, width: number, right: boolean): string {
  const blanks = " ".repeat(Math.max(0, width - widthOf(text)));
  return right ? blanks + text : text + blanks;
}

function markOf(view: RunView, team: TeamView): [Tone, string] {
  if (team.name === view.decided?.winner) return ["win", "✓"];
  if (team.state === "failed") return ["bad", "✗"];
  return ["strong", " "];
}

function endSpans(view: RunView, team: TeamView, running: boolean): Span[] {
  if (team.name === view.decided?.winner) return [span("wins", "win"), span(answerOf(team))];
  switch (team.state) {
    case "answered":
      return [span("answered", "good"), span(answerOf(team))];
    case "rejected":
      return [span("rejected", "asks"), span(`: ${team.reason}`)];
    case "gave-up":
      return [span(`gave up: ${team.reason}`)];
    case "turn-limit":
      return [span("reached its turn limit")];
    case "failed":
      return [span("failed", "bad"), span(`: ${team.reason}`)];
    case "not launched":
      return [span("was not launched")];
    case "stopped":
      return [span("stopped")];
    case "checked":
      return [span(`its answer ${running ? "is" : "was"} being checked${answerOf(team)}`)];
    case "working":
      return [span(view.decided ? "is stopped" : running ? "at work" : "was at work")];
  }
}

function answerOf({ answer }: TeamView): string {
  return answer === undefined ? "" : `: ${answer.trim()}`;
}
