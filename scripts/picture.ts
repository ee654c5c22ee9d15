// `node scripts/picture.ts` draws docs/race.svg from src/cli/recorded-race.jsonl: a lane a team, a bar a step.
import { writeFileSync } from "node:fs";
import type { EventOf, LoggedEvent } from "../src/events/run-event.ts";
import { readRecordedRace } from "../src/cli/recorded-race.ts";

const WIDTH = 960;
const LEFT = 92;
const RIGHT = 24;
const LANE = 58;
const TOP = 84;

// Read by GitHub in both of its themes.
const STYLE = `<style>
  text { font: 13px system-ui, "Segoe UI", sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 } .note { fill: #59636e } .winner { font-weight: 700 }
  .answer { font-weight: 600; fill: #1a7f37 } .agent { fill: #fff; font-size: 12px }
  .lane { stroke: #d1d9e0 } .win { stroke: #1a7f37; stroke-width: 2; stroke-dasharray: 5 4 }
  .model { fill: #0969da } .tool { fill: #8250df } .failed { fill: #bc4c00 } .aborted { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 } .answer { fill: #3fb950 } .agent { fill: #fff }
    .lane { stroke: #3d444d } .win { stroke: #3fb950 }
    .model { fill: #1f6feb } .tool { fill: #8957e5 } .failed { fill: #bd561d } .aborted { fill: #656c76 }
  }
</style>`;

interface Bar {
  readonly team: string;
  readonly agent: string;
  readonly kind: "model" | "tool";
  readonly from: number;
  readonly to: number;
  readonly status: string;
}

const events = readRecordedRace();
writeFileSync(new URL("../docs/race.svg", import.meta.url), draw(events));

function draw(race: readonly LoggedEvent[]): string {
  const start = only(race, "run-started");
  const decided = only(race, "race-decided");
  const bars = barsOf(race, start.time);
  const end = Math.max(decided.latencyMs, ...bars.map((bar) => bar.to)) * 1.06;
  const x = (milliseconds: number) => LEFT + (milliseconds / end) * (WIDTH - LEFT - RIGHT);
  const teams = start.teams.map((team) => team.team);
  const y = (team: string) => TOP + teams.indexOf(team) * LANE;
  const height = TOP + teams.length * LANE + 34;
  const won = x(decided.latencyMs);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="A race of ${teams.length} teams">`,
    STYLE,
    `<text class="title" x="${LEFT}" y="24">${escape(start.task.prompt)}</text>`,
    `<text class="note" x="${LEFT}" y="44">A real race: ${escape(start.teams[0]?.models.join(", ") ?? "")}, ${teams.length} teams, policy ${start.policy.name}</text>`,
    ...legend(),
    ...teams.map((team) => lane(team, y(team), decided.winner === team)),
    ...bars.map((bar) => barOf(bar, x, y(bar.team))),
    `<line class="win" x1="${won}" x2="${won}" y1="${TOP - 8}" y2="${height - 28}"/>`,
    `<text class="answer" x="${won - 6}" y="${height - 10}" text-anchor="end">${(decided.latencyMs / 1000).toFixed(1)} s: ${escape(decided.winner ?? "")} answers “${escape(decided.answer ?? "")}”, the others stop</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function barsOf(race: readonly LoggedEvent[], startedAt: number): Bar[] {
  const started = new Map<string, LoggedEvent & EventOf<"step-started">>();
  return race.flatMap((event): Bar[] => {
    if (event.type === "step-started") started.set(event.key, event);
    if (event.type !== "step-finished" || event.attempts === 0) return [];
    const begin = started.get(event.key);
    if (!begin) return [];
    const { agent, scope: team, time } = begin;
    return [
      { team, agent, kind: begin.step.kind, from: time - startedAt, to: event.time - startedAt, status: event.status },
    ];
  });
}

function lane(team: string, top: number, winner: boolean): string {
  return `<text class="${winner ? "team winner" : "team"}" x="${LEFT - 14}" y="${top + 24}" text-anchor="end">${team}</text><line class="lane" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${top + 42}" y2="${top + 42}"/>`;
}

function barOf(bar: Bar, x: (milliseconds: number) => number, top: number): string {
  const width = Math.max(3, x(bar.to) - x(bar.from) - 1);
  const shape = `<rect class="${bar.kind} ${bar.status}" x="${x(bar.from).toFixed(1)}" y="${top + 4}" width="${width.toFixed(1)}" height="30" rx="3"/>`;
  if (width < bar.agent.length * 7.5) return shape;
  return `${shape}<text class="agent" x="${(x(bar.from) + 7).toFixed(1)}" y="${top + 23}">${bar.agent}</text>`;
}

function legend(): string[] {
  const entries = [
    ["model", "a model call"],
    ["tool", "a program or a file"],
    ["model aborted", "cut off"],
  ] as const;
  return entries.map(
    ([kind, text], index) =>
      `<rect class="${kind}" x="${LEFT + index * 170}" y="56" width="14" height="12" rx="2"/><text class="note" x="${LEFT + index * 170 + 20}" y="66">${text}</text>`,
  );
}

function only<Type extends LoggedEvent["type"]>(race: readonly LoggedEvent[], type: Type): LoggedEvent & EventOf<Type> {
  const found = race.find((event) => event.type === type);
  if (!found) throw new Error(`The recording has no ${type}.`);
  return found as LoggedEvent & EventOf<Type>;
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
