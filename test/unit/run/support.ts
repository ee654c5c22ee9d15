import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { Limits, LoggedEvent, RacePolicy } from "../../../src/events/run-event.ts";
import { MemoryLog } from "../../../src/log/memory-log.ts";
import { firstAnswer } from "../../../src/race/policies.ts";
import { RaceEngine } from "../../../src/run/race-engine.ts";
import type { ModelExecutor, ToolExecutor } from "../../../src/steps/executors.ts";
import { StepDoor } from "../../../src/steps/step-door.ts";
import type { Team, TeamContext, TeamResult } from "../../../src/team/team.ts";

/** A team that does what the test says. */
export function scriptedTeam(solve: (context: TeamContext) => Promise<TeamResult>): Team {
  return { model: "none", describe: (team) => ({ team, kind: "function", models: [], tools: [] }), solve };
}

export const answers = (answer: string): TeamResult => ({
  outcome: "answered",
  answer,
  findings: "",
  reason: "It was computed.",
  turns: 1,
});

const noModel: ModelExecutor = { execute: () => Promise.reject(new Error("no model in this test")) };
const noTools: ToolExecutor = {
  declare: () => ({ effect: "read", egress: [] }),
  execute: async () => ({ text: "ok", facts: {} }),
};

export interface EngineSetup {
  readonly teams: readonly Team[];
  readonly policy?: RacePolicy;
  readonly limits?: Limits;
  readonly models?: ModelExecutor;
  readonly tools?: ToolExecutor;
  readonly furnishFails?: string;
  readonly slowFurnish?: { readonly team: string; readonly until: Promise<void> };
}

/** A live race over a memory log and the virtual clock. */
export function engineOf(setup: EngineSetup) {
  const clock = new VirtualClock();
  const log = new MemoryLog({ runId: "run", clock });
  const teams = new Map(setup.teams.map((team, index) => [`team-${index + 1}`, team] as const));
  const seen: LoggedEvent[] = [];
  log.subscribe((event) => void seen.push(event));
  const engine = new RaceEngine({
    log,
    clock,
    teams,
    start: {
      type: "run-started",
      formatVersion: 1,
      engineVersion: "0",
      promptVersion: "0",
      runId: "run",
      task: { prompt: "?", files: [] },
      teams: [...teams].map(([name, team]) => team.describe(name, undefined, undefined)),
      policy: setup.policy ?? firstAnswer(),
      limits: setup.limits ?? {},
      seed: "seed",
      rehearsal: false,
    },
    furnish: async (team, writer, signal) => {
      if (setup.slowFurnish?.team === team) await setup.slowFurnish.until;
      if (setup.furnishFails === team) throw new Error("no room for a workspace");
      const door = new StepDoor({
        team,
        writer,
        clock,
        seed: "seed",
        signal,
        models: setup.models ?? noModel,
        tools: setup.tools ?? noTools,
        defaults: { model: "m" },
        live: () => {},
      });
      return { door, task: { prompt: "?", files: [] }, abilities: undefined };
    },
  });
  return { engine, clock, log, seen, types: () => seen.map((event) => event.type) };
}
