import type { RunView } from "./run-view.ts";
import { clockText } from "../words/duration.ts";
import { costText, tokensText } from "../words/numbers.ts";
import { fitEnd, widthOf } from "./fit-text.ts";
import { span, type ScreenLine, type Span, type Tone } from "./screen-line.ts";
import type { Doing, TeamView } from "./team-view.ts";

/** What a frame is drawn for. */
export interface Moment {
  /** Milliseconds since the epoch: of the clock live, of the recording in a replay. */
  readonly now: number;
  /** Counts frames of what moves while nothing else does; undefined where nothing is to move. */
  readonly beat?: number;
}

/** How lanes are laid out: the same for all of one frame, so that they stand under each other. */
export interface LaneLayout {
  readonly columns: number;
  /** Lines a lane may take. */
  readonly height: 1 | 2 | 3;
  readonly widths: Readonly<Record<Fact, number>>;
}

type Fact = "name" | "turn" | "tokens" | "cost" | "time";

/** Where there is room for all of a lane's facts beside what its team does. */
const WIDE = 120;
const BAR = "▌";
const SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/** The layout for these teams. */
export function layLanes(
  view: RunView,
  teams: readonly TeamView[],
  moment: Moment,
  screen: { readonly columns: number; readonly height: 1 | 2 | 3 },
): LaneLayout {
  const { columns } = screen;
  const height = columns >= WIDE && screen.height === 3 ? 2 : screen.height;
  const facts = teams.map((team) => factsOf(view, team, moment.now, columns));
  const widest = (fact: Fact) => facts.reduce((most, each) => Math.max(most, widthOf(each[fact])), 0);
  const shows = (fact: Fact, from: number) => (columns >= from ? widest(fact) : 0);
  return {
    columns,
    height,
    widths: {
      name: widest("name"),
      turn: shows("turn", 24),
      tokens: shows("tokens", 40),
      cost: shows("cost", 60),
      time: shows("time", 30),
    },
  };
}

/** The lines of one team's lane. */
export function renderLane(view: RunView, team: TeamView, moment: Moment, layout: LaneLayout): ScreenLine[] {
  const tone = toneOf(view, team);
  const bar = span(`${BAR} `, tone === "plain" ? "strong" : tone);
  const facts = factSpans(view, team, moment.now, layout);
  const doing = doingSpans(view, team, moment, layout.columns - 4);
  const badges = badgesOf(view, team);
  const { height, columns } = layout;
  if (height === 1 || columns >= WIDE) {
    const first = [bar, ...facts, ...(columns >= 60 ? badges : []), ...doing];
    const asked = height > 1 ? askedLine(team) : undefined;
    return asked ? [first, [bar, ...asked]] : [first];
  }
  const asked = height === 3 ? askedLine(team) : undefined;
  return [[bar, ...facts, ...badges], [bar, span("  "), ...doing], ...(asked ? [[bar, span("  "), ...asked]] : [])];
}

function factsOf(view: RunView, team: TeamView, now: number, columns: number): Record<Fact, string> {
  const word = columns < 50 ? "t" : "turn ";
  const tokens = tokensText(team.account);
  return {
    name: team.name,
    turn: team.turn === 0 ? "" : `${word}${team.turn}`,
    tokens: tokens === "" ? "" : `${tokens} tok`,
    cost: view.account.costUsd > 0 ? costText(team.account) : "",
    time: clockText(view.teamMs(team, now)),
  };
}

function factSpans(view: RunView, team: TeamView, now: number, { columns, widths }: LaneLayout): Span[] {
  const facts = factsOf(view, team, now, columns);
  const tone = toneOf(view, team);
  const rest = tone === "faint" ? "faint" : "plain";
  const gap = columns < 60 ? " " : "  ";
  const cell = (fact: Fact, right: boolean) =>
    widths[fact] === 0 ? "" : (right ? facts[fact].padStart(widths[fact]) : facts[fact].padEnd(widths[fact])) + gap;
  const numbers = [cell("turn", false), cell("tokens", true), cell("cost", true), cell("time", true)];
  // Blanks within a piece would become one.
  return [span(cell("name", false), tone === "plain" ? "strong" : tone), ...numbers.map((text) => span(text, rest))];
}

/** What is out of the ordinary with a team. */
function badgesOf(view: RunView, team: TeamView): Span[] {
  if (!team.isAtWork) return [];
  const badges: Span[] = [];
  const add = (text: string, tone: Tone) => badges.push(span(text, tone), span("  "));
  if (team.stalls > 0) add(`stall ${team.stalls} of ${team.stallLimit}`, "asks");
  if (team.replans > 0) add(`re-plan ${team.replans}`, "asks");
  if (team.rejections > 0) add(`${team.rejections} rejected`, "asks");
  const first = view.start?.teams.find((each) => each.team === team.name)?.mode;
  if (team.mode && (team.mode !== first || new Set(view.teams.map(({ mode }) => mode)).size > 1))
    add(team.mode, "plain");
  if (team.command !== undefined) add("UNSANDBOXED", "asks");
  return badges;
}

/** What a team does, or how it ended. */
function doingSpans(view: RunView, team: TeamView, moment: Moment, columns: number): Span[] {
  const tone = toneOf(view, team);
  if (team.name === view.decided?.winner) return [span("WINS ", "win"), span(quoted(team.answer), "plain")];
  if (!team.isAtWork) return [span(endText(team), tone === "faint" && !view.decided ? "plain" : tone)];
  if (view.decided) return [span("is stopped", "faint")];
  const question = view.questions.find((each) => each.team === team.name);
  if (question) return [span(`waits for a person: ${question.question}`, "asks")];
  if (team.retry && team.retry.until > moment.now) {
    const left = Math.ceil((team.retry.until - moment.now) / 1000);
    return [span(`waits ${Number.isFinite(left) ? `${left} s ` : ""}${team.retry.why}`, "asks")];
  }
  if (team.state === "checked") return [span(`its answer is checked: ${quoted(team.answer)}`, "good")];
  return team.doing ? stepSpans(team.doing, moment, columns) : saidSpans(team);
}

function stepSpans(doing: Doing, { now, beat }: Moment, columns: number): Span[] {
  const wheel = beat === undefined ? "" : `${SPINNER[beat % SPINNER.length] ?? ""} `;
  const seconds = Math.floor((now - doing.since) / 1000);
  const what = `${doing.text}${seconds > 1 ? ` ${clockText(now - doing.since)}` : ""}`;
  const agent = doing.agent ? `${doing.agent} ` : "";
  const head = [span(wheel), span(agent, "strong"), span(what)];
  const streamed = doing.readable ? doing.tail.trim() : "";
  const room = Math.min(60, columns - widthOf(wheel + agent + what) - 3);
  if (streamed === "" || room < 10) return head;
  return [...head, span(` · ${fitEnd(streamed, room)}`, "faint")];
}

function saidSpans({ said, asked }: TeamView): Span[] {
  return said ? [span(`${said.agent} `, "strong"), span(`said: ${said.text}`)] : [span(asked ? "goes on" : "begins")];
}

function askedLine(team: TeamView): Span[] | undefined {
  if (!team.isAtWork || !team.asked) return undefined;
  return [span(`asked of ${team.asked.agent}: `, "plain"), span(team.asked.text, "plain")];
}

/** How a team ended, in words. */
function endText(team: TeamView): string {
  switch (team.state) {
    case "answered":
      return `answered ${quoted(team.answer)}`;
    case "rejected":
      return `its answer was rejected: ${team.reason}`;
    case "gave-up":
      return `gave up: ${team.reason}`;
    case "turn-limit":
      return "reached its turn limit";
    case "failed":
      return `failed: ${team.reason}`;
    case "stopped":
      return "stopped";
    case "not launched":
      return "waits to be launched";
    default:
      return "";
  }
}

function quoted(answer: string | undefined): string {
  return answer === undefined ? "" : `"${answer.trim()}"`;
}

/** A lane's own tone: lit where it wins, out where it has lost. */
function toneOf(view: RunView, team: TeamView): Tone {
  if (team.name === view.decided?.winner) return "win";
  if (team.state === "answered") return "good";
  if (team.state === "failed") return "bad";
  if (view.questions.some((question) => question.team === team.name)) return "asks";
  return view.decided || !team.isAtWork ? "faint" : "plain";
}
