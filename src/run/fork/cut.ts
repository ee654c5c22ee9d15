import { UsageError } from "../../base/errors.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";

/** What of a run a new one begins with. */
export interface Cut {
  /** Those that go on in the new run. */
  readonly teams: ReadonlySet<string>;
  /** The first event of a team that is not taken, by its number; Infinity takes all. */
  readonly before: (team: string) => number;
  /** Teams that had ended and go on all the same: their end is not taken. */
  readonly reopened: ReadonlySet<string>;
  /** The proposals that a person goes on from: their keys, by team. */
  readonly continued: ReadonlyMap<string, string>;
}

/** Where a fork begins: `team-2/Coder/17` is the step that is done anew, a number the first event that is not taken. */
export interface ForkPlace {
  readonly at: string;
  /** Takes the other teams along, cut at the same place. */
  readonly all?: boolean;
}

/** The cut of a fork. Throws `UsageError` (`fork-place`). */
export function cutAt(events: Iterable<LoggedEvent>, { at, all = false }: ForkPlace): Cut {
  const number = /^\d+$/.test(at) ? Number(at) : undefined;
  const { names, step, last } = lookUp(events, at);
  const before = number ?? step?.seq;
  if (before === undefined || before <= 1 || before > last + 1) throw noPlace(at, last);
  const teams = step && !all ? [step.scope] : names;
  return { teams: new Set(teams), before: () => before, reopened: new Set(), continued: new Map() };
}

/** The teams of a run, where a step was begun first, and the number of the last event. */
function lookUp(events: Iterable<LoggedEvent>, key: string) {
  let names: string[] = [];
  let step: LoggedEvent | undefined;
  let last = 0;
  for (const event of events) {
    last = event.seq;
    if (event.type === "run-started") names = event.teams.map(({ team }) => team);
    if (event.type === "step-started" && event.key === key) step ??= event;
  }
  return { names, step, last };
}

function noPlace(at: string, last: number): UsageError {
  return new UsageError("fork-place", `The run has no place ${JSON.stringify(at)} at which a new one could begin.`, {
    hint: `Name a step by its key, like team-1/Coder/2 (m1p show RUN --full has them), or an event by its number, 2 to ${last + 1}.`,
  });
}

/** What a run's log says of its teams' ends, for a continuation. */
interface Ends {
  readonly names: readonly string[];
  readonly finished: ReadonlyMap<string, EventOf<"team-finished">>;
  /** Each team's newest proposal. */
  readonly proposals: ReadonlyMap<string, string>;
  /** The number of each team's last step that was begun. */
  readonly lastSteps: ReadonlyMap<string, number>;
  readonly decided: EventOf<"race-decided"> | undefined;
}

/**
 * The cut by which a run that has ended is continued: from the answer that was taken, by the team that gave it; where
 * it rests on no team, from where each of them stood, its own answer included (`team` names the one). Throws `UsageError` (`continue-unfinished`,
 * `continue-team`).
 */
export function continuationOf(events: Iterable<LoggedEvent>, team: string | undefined): Cut {
  const ends = endsOf(events);
  if (!ends.decided) {
    throw new UsageError("continue-unfinished", "This run has not ended: there is nothing to continue yet.", {
      hint: "m1p resume goes on with it; m1p fork begins another from any of its steps.",
    });
  }
  const chosen = team ?? ends.decided.winner ?? undefined;
  if (chosen !== undefined && !ends.names.includes(chosen)) {
    throw new UsageError("continue-team", `The run has no ${chosen}.`, { hint: `It has ${ends.names.join(", ")}.` });
  }
  const teams = chosen === undefined ? ends.names : [chosen];
  const answered = teams.filter((name) => ends.finished.get(name)?.outcome === "answered");
  const continued = new Map(
    answered.flatMap((name) => {
      const proposal = ends.proposals.get(name);
      return proposal === undefined ? [] : [[name, proposal] as const];
    }),
  );
  if (chosen !== undefined && answered.length > continued.size) {
    throw new UsageError(
      "continue-team",
      `The log does not have where ${chosen} gave its answer: an older version wrote it.`,
      {
        hint: `m1p fork RUN --at STEP --instruction "…" goes on from one of its steps.`,
      },
    );
  }
  const before = (name: string) => (endedItself(ends, name) && !continued.has(name) ? lastStep(ends, name) : Infinity);
  return { teams: new Set(teams), before, reopened: new Set(teams), continued };
}

/**
 * A team that ended without an answer would end again where it did: its last step is done anew, with the new words in
 * view.
 */
function endedItself(ends: Ends, team: string): boolean {
  const outcome = ends.finished.get(team)?.outcome;
  return outcome !== undefined && outcome !== "stopped";
}

function lastStep(ends: Ends, team: string): number {
  return ends.lastSteps.get(team) ?? Infinity;
}

function endsOf(events: Iterable<LoggedEvent>): Ends {
  let names: string[] = [];
  let decided: Ends["decided"];
  const finished = new Map<string, EventOf<"team-finished">>();
  const proposals = new Map<string, string>();
  const lastSteps = new Map<string, number>();
  for (const event of events) {
    if (event.type === "run-started") names = event.teams.map(({ team }) => team);
    if (event.type === "team-finished") finished.set(event.team, event);
    if (event.type === "answer-proposed") proposals.set(event.scope, event.key);
    if (event.type === "step-started") lastSteps.set(event.scope, event.seq);
    if (event.type === "race-decided") decided = event;
  }
  return { names, finished, proposals, lastSteps, decided };
}
