import type { RunEvent } from "../../../../src/events/run-event.ts";
import { RunView } from "../../../../src/cli/lanes/run-view.ts";
import { plainLine, type ScreenLine } from "../../../../src/cli/lanes/screen-line.ts";
import { recorded, started } from "../replay/recorded.ts";

/** An event, and whose it is. */
export type Scoped = RunEvent & { readonly scope?: string };

/** The beginning of a race of so many teams. */
export function raceOf(teams: number, more: Partial<Extract<RunEvent, { type: "run-started" }>> = {}): Scoped[] {
  if (started.type !== "run-started") throw new Error("no beginning");
  const [first] = started.teams;
  if (!first) throw new Error("no team");
  const names = Array.from({ length: teams }, (_, index) => `team-${index + 1}`);
  return [
    {
      ...started,
      rehearsal: false,
      teams: names.map((team) => ({ ...first, team, models: ["openai/gpt-5"] })),
      ...more,
    },
    ...names.map((team): Scoped => ({ type: "team-launched", team, scope: team })),
  ];
}

/** A team asks its model: key, agent and what it is about. */
export function modelStep(team: string, agent: string, number = 1): Scoped {
  return {
    type: "step-started",
    scope: team,
    key: `${team}/${agent}/${number}`,
    agent,
    request: "r",
    step: {
      kind: "model",
      settings: { model: "openai/gpt-5", format: { kind: "text" } },
      conversation: { head: "h", base: null, added: [] },
    },
  };
}

export function stepEnd(team: string, agent: string, tokens: number, costUsd: number | null, number = 1): Scoped {
  return {
    type: "step-finished",
    scope: team,
    key: `${team}/${agent}/${number}`,
    status: "succeeded",
    usage: { inputTokens: tokens, outputTokens: 0, cachedTokens: 0, costUsd, estimated: false },
    attempts: 1,
    durationMs: 1000,
  };
}

export function turn(team: string, number: number, agent: string, text: string): Scoped[] {
  return [
    { type: "turn-started", scope: team, key: `${team}/Orchestrator/9`, turn: number },
    { type: "agent-spoke", scope: team, key: `${team}/Orchestrator/9`, agent: "Orchestrator", to: agent, text },
  ];
}

export function ended(
  team: string,
  outcome: "answered" | "gave-up" | "stopped",
  reason: string,
  answer?: string,
): Scoped {
  return { type: "team-finished", scope: team, team, outcome, reason, turns: 2, ...(answer ? { answer } : {}) };
}

export function decided(winner: string | null, answer: string | null): Scoped {
  return {
    type: "race-decided",
    outcome: winner ? "answered" : "unanswered",
    answer,
    why: "Because.",
    winner,
    findings: null,
    latencyMs: 61_000,
  };
}

export function viewOf(...events: readonly Scoped[]): RunView {
  const view = new RunView();
  for (const event of recorded(...events)) view.apply(event);
  return view;
}

export function screenText(lines: readonly ScreenLine[]): string {
  return lines.map((line) => plainLine(line).trimEnd()).join("\n");
}
