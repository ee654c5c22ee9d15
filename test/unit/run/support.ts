import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { AggregateDescription } from "../../../src/events/aggregate.ts";
import type { EventOf, Limits, LoggedEvent, RacePolicy } from "../../../src/events/run-event.ts";
import { MemoryLog } from "../../../src/log/memory-log.ts";
import type { RunLog, ScopeWriter } from "../../../src/log/run-log.ts";
import { firstAnswer } from "../../../src/race/policies.ts";
import { Aggregation } from "../../../src/run/aggregation/aggregation.ts";
import { settleLeftCalls } from "../../../src/run/engine/left-calls.ts";
import { RunEffects } from "../../../src/run/effects/run-effects.ts";
import { RaceEngine, type RaceEngineOptions } from "../../../src/run/engine/race-engine.ts";
import type { ModelExecutor, ToolExecutor } from "../../../src/steps/executors.ts";
import { Replay } from "../../../src/steps/replay.ts";
import { StepDoor } from "../../../src/steps/step-door.ts";
import type { Tool } from "../../../src/tools/tool.ts";
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

const noModel: ModelExecutor = {
  execute: () => Promise.reject(new Error("no model in this test")),
  cutOffUsage: () => Promise.reject(new Error("no model in this test")),
};
const noTools: ToolExecutor = {
  declare: () => ({ effect: "read", egress: [] }),
  execute: async () => ({ text: "ok", facts: {} }),
  reopen: async () => true,
};

function eventAt(log: RunLog, seq: number): LoggedEvent {
  for (const event of log.read(seq)) return event;
  throw new Error(`no event ${seq}`);
}

export interface EngineSetup {
  readonly teams: readonly Team[];
  readonly policy?: RacePolicy;
  readonly limits?: Limits;
  readonly models?: ModelExecutor;
  readonly tools?: ToolExecutor;
  readonly accept?: RaceEngineOptions["accept"];
  readonly furnishFails?: string;
  /** Why no team can be given a place. */
  readonly noPlace?: Error;
  /** A tool whose calls the run performs. */
  readonly effectTool?: Tool;
  /** A model that makes one answer of several. */
  readonly aggregate?: Extract<AggregateDescription, { kind: "llm" }>;
  /** The teams whose code is here, where not all of it is. */
  readonly present?: readonly string[];
  readonly slowFurnish?: { readonly team: string; readonly until: Promise<void> };
}

function newPlace() {
  const clock = new VirtualClock();
  return { clock, log: new MemoryLog({ runId: "run", clock }) };
}

/** A log in memory that begins with these events, under their own scopes. */
export async function logWith(events: readonly LoggedEvent[], clock: VirtualClock): Promise<MemoryLog> {
  const log = new MemoryLog({ runId: "run", clock });
  const writers = new Map<string, ScopeWriter>();
  for (const { seq: _seq, time: _time, scope, ...event } of events) {
    const writer = writers.get(scope) ?? (await log.acquire(scope));
    writers.set(scope, writer);
    await writer.append([event]);
  }
  return log;
}

export const RESUMED: EventOf<"run-resumed"> = {
  type: "run-resumed",
  formatVersion: 2,
  engineVersion: "0",
  promptVersion: "0",
};

/** Goes on, in a new engine with the same teams, from the first events of a run. */
export async function resumeFrom(events: readonly LoggedEvent[], setup: EngineSetup) {
  const clock = new VirtualClock();
  const race = engineOf(setup, { clock, log: await logWith(events, clock) });
  await race.engine.resume(RESUMED);
  return race;
}

/** A live race over a memory log and the virtual clock. */
export function engineOf(setup: EngineSetup, place: { clock: VirtualClock; log: RunLog } = newPlace()) {
  const { clock, log } = place;
  const teams = new Map(setup.teams.map((team, index) => [`team-${index + 1}`, team] as const));
  const { aggregate, models = noModel } = setup;
  const shared = { log, clock, models, live: () => {}, task: "?", seed: "seed", form: undefined };
  const seen: LoggedEvent[] = [];
  log.subscribe((event) => void seen.push(event));
  const engine = new RaceEngine({
    log,
    clock,
    teams: new Map([...teams].filter(([name]) => setup.present?.includes(name) ?? true)),
    ...(aggregate ? { aggregate: (request) => new Aggregation({ ...request, ...shared, aggregate }) } : {}),
    settleLeft: (left, writers) => settleLeftCalls(left, { log, models: shared.models, writers }),
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
      ...(aggregate ? { aggregate } : {}),
      ...(setup.accept ? { acceptance: { kind: "function", name: "test" } as const } : {}),
    },
    ...(setup.accept ? { accept: setup.accept } : {}),
    openEffects: (own) => new RunEffects({ log, clock, live: () => {}, tool: () => setup.effectTool, ...own }),
    furnish: async ({ team, writer, signal, fault, past, judge, effects, takeInputs }) => {
      if (setup.slowFurnish?.team === team) await setup.slowFurnish.until;
      if (setup.noPlace) throw setup.noPlace;
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
        effects,
        takeInputs,
        onFault: fault,
        ...(judge ? { judge } : {}),
        ...(past ? { replay: new Replay({ past, clock, signal, read: (seq) => eventAt(log, seq) }) } : {}),
      });
      return { door, task: { prompt: "?", files: [] }, abilities: undefined };
    },
  });
  return { engine, clock, log, seen, types: () => seen.map((event) => event.type) };
}
