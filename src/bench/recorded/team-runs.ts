import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import type { OrchestratorMode } from "../../events/ledger.ts";

/** What one team did in a race, as its log has it. */
export interface TeamRun {
  readonly team: string;
  readonly model: string;
  /** The orchestrator's mode at its end, where it has one. */
  readonly mode: OrchestratorMode | undefined;
  /** `cut-off` where the race ended before the team did: how long it would have taken is not known. */
  readonly outcome: EventOf<"team-finished">["outcome"] | "cut-off";
  readonly answer: string | undefined;
  /** From its launch to its end, without time in which no process worked on the run. */
  readonly ms: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

type Mutable = { -readonly [Key in keyof Omit<TeamRun, "ms">]: TeamRun[Key] } & { launchedAt: number; ms?: number };

/**
 * The runs of a race's teams, in the order of the line-up. A run that others' events begin (a fork) counts from there.
 */
export function teamRunsOf(events: Iterable<LoggedEvent>): readonly TeamRun[] {
  const teams = new Map<string, Mutable>();
  let paused = 0;
  let last = 0;
  for (const event of events) {
    if (event.type === "run-resumed") paused += event.time - last;
    last = event.time;
    applyEvent(teams, event, event.time - paused);
  }
  return [...teams.values()].map(({ launchedAt, ms, ...run }) => ({ ...run, ms: ms ?? last - paused - launchedAt }));
}

function applyEvent(teams: Map<string, Mutable>, event: LoggedEvent, workedAt: number): void {
  switch (event.type) {
    case "run-started":
      for (const { team, models, mode } of event.teams) teams.set(team, unfinished(team, models.join(","), mode));
      return;
    case "team-launched":
      change(teams, event.team, { launchedAt: workedAt });
      return;
    case "orchestrator-mode-changed":
      change(teams, event.scope, { mode: event.mode });
      return;
    case "step-finished":
    case "step-restarted":
      spend(teams.get(event.scope), event.usage);
      return;
    case "team-finished":
      finish(teams.get(event.team), event, workedAt);
      return;
    default:
  }
}

function unfinished(team: string, model: string, mode: OrchestratorMode | undefined): Mutable {
  const nothing = { promptTokens: 0, outputTokens: 0, launchedAt: 0 };
  return { team, model, mode, outcome: "cut-off", answer: undefined, ...nothing };
}

function change(teams: Map<string, Mutable>, team: string, changes: Partial<Mutable>): void {
  const run = teams.get(team);
  if (run) Object.assign(run, changes);
}

function spend(run: Mutable | undefined, usage: EventOf<"step-finished">["usage"]): void {
  if (!run || !usage) return;
  run.promptTokens += usage.inputTokens;
  run.outputTokens += usage.outputTokens;
}

function finish(run: Mutable | undefined, event: EventOf<"team-finished">, workedAt: number): void {
  if (!run) return;
  run.ms = workedAt - run.launchedAt;
  if (event.outcome === "stopped") return;
  run.outcome = event.outcome;
  run.answer = event.answer;
}
