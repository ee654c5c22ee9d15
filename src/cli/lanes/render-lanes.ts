import { counted } from "../../base/counted.ts";
import { clockText } from "../words/duration.ts";
import { costText, shortNumber, tokensText, usdText } from "../words/numbers.ts";
import { layLanes, renderLane, type Moment } from "./render-lane.ts";
import { fitLine, span, type ScreenLine, type Span } from "./screen-line.ts";
import { describePolicy } from "../telling/event-words.ts";
import type { Note, RunView } from "./run-view.ts";
import type { TeamView } from "./team-view.ts";

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Frame extends Moment {
  /** Stands before all else: `REPLAY`. */
  readonly label?: string;
}

/** Of a thousand teams so many are shown. */
const MOST_LANES = 24;
const MOST_NOTES = 5;

/**
 * What a run looks like at a moment: a lane a team, between what the race is about and what a watcher should not miss.
 * Pure. Never wider than the screen, and lower by at least a line, whatever the texts are and however small it is.
 */
export function renderLanes(view: RunView, size: ScreenSize, frame: Frame): ScreenLine[] {
  const { columns } = size;
  const rows = Math.max(1, size.rows - 1);
  const questions = view.questions.length > 0 && rows > 2 ? questionLines(view, rows) : [];
  const head = headLines(view, frame, columns, rows);
  const room = Math.max(0, rows - head.length - questions.length);
  const lanes = laneLines(view, frame, columns, room);
  const notes = noteLines(view, Math.min(MOST_NOTES + 1, room - lanes.length));
  const lines = [...head, ...lanes, ...notes, ...questions].slice(0, rows);
  return lines.map((line) => fitLine(line, columns));
}

function headLines(view: RunView, frame: Frame, columns: number, rows: number): ScreenLine[] {
  const { start } = view;
  const label = frame.label === undefined ? [] : [span(`${frame.label}  `, "asks")];
  if (!start) return [[...label, span("begins")]];
  const status = [...label, ...statusSpans(view, frame.now, columns)];
  if (rows < 6) return [status];
  const task: ScreenLine = [span(start.task.prompt, "strong")];
  if (rows < 10) return [task, status];
  const warnings = warningsOf(view).map((text): ScreenLine => [span(text, "asks")]);
  return [task, [span(setupText(view))], ...warnings, status, []];
}

/** What the race was made with. */
function setupText(view: RunView): string {
  const { start, teams } = view;
  if (!start) return "";
  const models = listed([...new Set(teams.map((team) => team.command ?? (team.models.join(" + ") || team.kind)))]);
  const modes = [...new Set(teams.flatMap((team) => team.mode ?? []))].join(", ");
  const files = start.task.files.map((file) => file.name).join(", ");
  const check = start.acceptance ? `check: ${nameOfCheck(start.acceptance)}` : "";
  return [counted(teams.length, "team"), describePolicy(start), modes, models, files, check]
    .filter(Boolean)
    .join(" · ");
}

/** Two of them by name, the rest by its number. */
function listed(names: readonly string[]): string {
  const left = names.length - 2;
  return `${names.slice(0, 2).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

function nameOfCheck(
  acceptance:
    { readonly kind: "command"; readonly command: string } | { readonly kind: "function"; readonly name: string },
) {
  return acceptance.kind === "command" ? acceptance.command : acceptance.name;
}

/** What must be said of a run wherever it is shown. */
export function warningsOf({ start, teams }: RunView): string[] {
  if (!start) return [];
  const commands = teams.filter((team) => team.command !== undefined).length;
  return [
    ...(start.rehearsal ? ["REHEARSAL: a scripted model plays, no real one"] : []),
    ...(start.programs?.unsafeHostExec ? ["WITHOUT A SANDBOX: the teams' code runs on this machine as you"] : []),
    ...(commands > 0 ? ["WITHOUT A SANDBOX: commands as teams run as you, with your network and keys"] : []),
  ];
}

/** Time, tokens and money, with what is left of them, and where the race stands. */
function statusSpans(view: RunView, now: number, columns: number): Span[] {
  const { start, account } = view;
  const worked = view.workedMs(now);
  const limits = start?.limits ?? {};
  const tokens = tokensText(account);
  const cost = costText(account);
  const ofTokens = limits.tokens === undefined ? "" : ` of ${shortNumber(limits.tokens)}`;
  const ofUsd = limits.usd === undefined ? "" : ` of ${usdText(limits.usd)}`;
  const deadline = limits.deadlineMs === undefined ? "" : `${clockText(limits.deadlineMs - worked)} left`;
  const facts = [
    clockText(worked),
    tokens === "" ? "" : `${tokens}${ofTokens} ${columns < 50 ? "tok" : "tokens"}`,
    account.costUsd > 0 || ofUsd ? `${cost || "$0"}${ofUsd}` : "",
    deadline,
  ].filter(Boolean);
  const standing = standingOf(view);
  return [span(facts.join(" · ")), ...(standing ? [span(" · "), standing] : [])];
}

function standingOf(view: RunView): Span | undefined {
  const { decided, ending } = view;
  if (decided?.winner) return span(`${decided.winner} wins`, "win");
  if (decided?.outcome === "answered") return span("answered", "win");
  if (decided) return span(`no answer (${decided.outcome})`, "bad");
  if (ending) return span(`stopping: ${ending}`, "asks");
  const out = view.teams.filter(({ isAtWork, state }) => !isAtWork && state !== "not launched").length;
  const text = `${view.teams.length - out} at work`;
  return view.teams.length > 1 && out > 0 ? span(`${text}, ${out} ended`) : undefined;
}

function laneLines(view: RunView, frame: Frame, columns: number, room: number): ScreenLine[] {
  const { teams } = view;
  if (room === 0 || teams.length === 0) return [];
  const fits = (height: number, spare: number) => teams.length * height <= room - spare;
  const height = fits(3, 3) ? 3 : fits(2, 2) ? 2 : 1;
  const all = fits(1, 0) && teams.length <= MOST_LANES;
  const shown = all ? teams : mostInteresting(view, Math.min(MOST_LANES, room - 1));
  const layout = layLanes(view, shown, frame, { columns, height });
  const lines = shown.flatMap((team) => renderLane(view, team, frame, layout));
  return all
    ? lines
    : [
        ...lines,
        [
          span(
            restText(
              teams.filter((team) => !shown.includes(team)),
              shown.length,
            ),
          ),
        ],
      ];
}

/** The teams that a watcher most wants to see, in their own order, so that lanes do not jump. */
export function mostInteresting(view: RunView, count: number): TeamView[] {
  const rank = (team: TeamView): number => {
    if (team.name === view.decided?.winner) return 0;
    if (view.questions.some((question) => question.team === team.name)) return 1;
    if (team.state === "checked") return 2;
    if (team.state === "answered") return 3;
    if (team.isAtWork) return 4;
    return team.state === "not launched" ? 5 : 6;
  };
  const places = new Map(view.teams.map((team, index) => [team, { rank: rank(team), index }]));
  const place = (team: TeamView) => places.get(team) ?? { rank: 6, index: 0 };
  const ranked = [...view.teams].sort((one, other) => place(one).rank - place(other).rank || other.turn - one.turn);
  return ranked.slice(0, Math.max(0, count)).sort((one, other) => place(one).index - place(other).index);
}

/** The teams that are not shown, counted by how they stand. */
function restText(rest: readonly TeamView[], shown: number): string {
  const atWork = rest.filter((team) => team.isAtWork);
  const turns = atWork.map(({ turn }) => turn);
  const [least, most] = [Math.min(...turns), Math.max(...turns)];
  const by = (state: TeamView["state"]) => rest.filter((team) => team.state === state).length;
  const parts = [
    atWork.length > 0 ? `${atWork.length} at work (turn ${least === most ? least : `${least} to ${most}`})` : "",
    ...(
      [
        ["answered", "answered"],
        ["failed", "failed"],
        ["gave-up", "gave up"],
        ["turn-limit", "at their turn limit"],
        ["rejected", "rejected"],
        ["stopped", "stopped"],
        ["not launched", "not launched"],
      ] as const
    ).map(([state, words]) => (by(state) > 0 ? `${by(state)} ${words}` : "")),
  ];
  return `${shown > 0 ? "and " : ""}${counted(rest.length, shown > 0 ? "more team" : "team")}: ${parts.filter(Boolean).join(", ")}`;
}

/** The newest notes, below a blank line; nothing where there is no room for one. */
function noteLines(view: RunView, room: number): ScreenLine[] {
  if (room < 2 || view.notes.length === 0) return [];
  return [[], ...view.notes.slice(1 - room).map((note) => noteLine(view, note))];
}

function noteLine(view: RunView, { time, whose, text, mood }: Note): ScreenLine {
  return [span(`${clockText(view.workedMs(time)).padStart(5)} `), span(`${whose} `, "strong"), span(text, mood)];
}

/** What a person is asked stays until it is decided. */
function questionLines(view: RunView, rows: number): ScreenLine[] {
  const [first] = view.questions;
  if (!first) return [];
  const count = view.questions.length;
  const lines: ScreenLine[] = [
    [span(`${count === 1 ? "A question" : counted(count, "question")} for you: m1p approvals`, "asks")],
    [span(`  ${first.question}: ${first.text}`, "plain")],
  ];
  return rows < 8 ? lines.slice(0, 1) : [[], ...lines];
}
