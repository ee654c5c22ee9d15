// `node scripts/picture.ts` draws the pictures of the README and of docs/guides/watching.md, from recorded races and
// with the code that draws them on a terminal.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import wrapAnsi from "wrap-ansi";
import { renderLanes } from "../src/cli/lanes/render-lanes.ts";
import { renderRun } from "../src/cli/lanes/render-run.ts";
import { renderSummary } from "../src/cli/lanes/render-summary.ts";
import { RunView } from "../src/cli/lanes/run-view.ts";
import { span, type ScreenLine } from "../src/cli/lanes/screen-line.ts";
import { readRecordedRace } from "../src/cli/replay/recorded-race.ts";
import { resultText } from "../src/cli/telling/result-text.ts";
import { FullText } from "../src/cli/telling/full-text.ts";
import type { LoggedEvent } from "../src/events/run-event.ts";
import { screenSvg, type Screen } from "./picture/screen-svg.ts";

const DOCS = new URL("../docs/", import.meta.url);
const PICTURES = new URL("pictures/", DOCS);
const ROWS = 24;

/** A real race of a small local model, in the mode `rules`. */
const local = readRecordedRace();
/** A rehearsal with the full ledger: the models' texts are written by hand, the programs really ran. */
const rehearsal = readRecordedRace(fileURLToPath(new URL("picture/full-ledger.jsonl", import.meta.url)));

mkdirSync(PICTURES, { recursive: true });
draw(new URL("race.svg", DOCS), film(local, 88), 88, "A race of three teams, replayed");
for (const columns of [80, 160]) {
  draw(picture(`lanes-${columns}`), [at(rehearsal, 9_900, columns)], columns, `Lanes at ${columns} columns`);
  draw(
    picture(`won-${columns}`),
    [at(local, decisionOf(local) + 10, columns)],
    columns,
    `The win, at ${columns} columns`,
  );
  draw(picture(`show-${columns}`), [shown(rehearsal, columns)], columns, `m1p show at ${columns} columns`);
}
draw(picture("transcript-full-ledger"), [transcript(rehearsal, "team-2")], 100, "A transcript with the full ledger");
draw(picture("transcript-rules"), [transcript(local, "team-2")], 100, "A transcript of the mode rules");

function picture(name: string): URL {
  return new URL(`${name}.svg`, PICTURES);
}

function draw(file: URL, screens: readonly Screen[], columns: number, label: string): void {
  writeFileSync(file, screenSvg(screens, columns, label));
}

function viewAt(race: readonly LoggedEvent[], ms: number): { readonly view: RunView; readonly now: number } {
  const now = (race[0]?.time ?? 0) + ms;
  const view = new RunView();
  for (const event of race) if (event.time <= now) view.apply(event);
  return { view, now };
}

/** What a terminal shows so many milliseconds after the beginning. */
function at(race: readonly LoggedEvent[], ms: number, columns: number, seconds = 1): Screen {
  const { view, now } = viewAt(race, ms);
  return { lines: renderLanes(view, { columns, rows: ROWS }, { now, beat: Math.floor(ms / 200) }), seconds };
}

/** The whole race in a few seconds, and then what stays on the screen. */
function film(race: readonly LoggedEvent[], columns: number): Screen[] {
  const end = race.find((event) => event.type === "race-decided");
  if (!end) throw new Error("The recording has no end.");
  const took = decisionOf(race);
  const moments = Array.from({ length: 14 }, (_, index) => (took * (index + 0.5)) / 14);
  const { view, now } = viewAt(race, Number.POSITIVE_INFINITY);
  const answer = resultText(end).trimEnd().split("\n");
  const last = [
    ...renderSummary(view, columns, Math.min(now, end.time)),
    [],
    ...answer.flatMap((line) => wrapAnsi(line, columns).split("\n")).map((line): ScreenLine => [span(line)]),
  ];
  return [
    ...moments.map((ms) => at(race, ms, columns, 0.5)),
    at(race, took + 10, columns, 1.5),
    { lines: last, seconds: 6 },
  ];
}

/** When it was decided, in milliseconds from the beginning. */
function decisionOf(race: readonly LoggedEvent[]): number {
  return (race.find((event) => event.type === "race-decided")?.time ?? 0) - (race[0]?.time ?? 0);
}

function shown(race: readonly LoggedEvent[], columns: number): Screen {
  const { view } = viewAt(race, Number.POSITIVE_INFINITY);
  return { lines: renderRun(view, { columns, now: view.time, running: false }), seconds: 1 };
}

function transcript(race: readonly LoggedEvent[], team: string): Screen {
  const teller = new FullText({ color: false, team });
  const texts = race.flatMap((event) => teller.render(event));
  const lines = texts.flatMap((text) => wrapAnsi(text, 100, { hard: true, trim: false }).split("\n"));
  return { lines: lines.map((line) => [span(line, line.startsWith("── ") ? "strong" : "plain")]), seconds: 1 };
}
