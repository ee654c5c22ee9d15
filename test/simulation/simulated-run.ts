import { getEventListeners } from "node:events";
import { M1Error } from "../../src/base/errors.ts";
import { FORMAT_VERSION, type EventOf } from "../../src/events/run-event.ts";
import type { AcceptanceVerdict } from "../../src/events/input.ts";
import type { RunLog } from "../../src/log/run-log.ts";
import { RetryingModelExecutor } from "../../src/model/model-executor.ts";
import type { Candidate } from "../../src/run/judging/answer-judge.ts";
import { settleLeftCalls } from "../../src/run/engine/left-calls.ts";
import {
  Aggregation,
  type AggregationOptions,
  type AggregationRequest,
} from "../../src/run/aggregation/aggregation.ts";
import { RunEffects } from "../../src/run/effects/run-effects.ts";
import { fillFolder } from "../../src/run/opening/furnish.ts";
import { RaceEngine, type FurnishRequest } from "../../src/run/engine/race-engine.ts";
import type { TeamQuarters } from "../../src/run/engine/team-host.ts";
import { Replay } from "../../src/steps/replay.ts";
import { StepDoor } from "../../src/steps/step-door.ts";
import { ToolBox } from "../../src/tools/tool-box.ts";
import type { Workspace } from "../../src/tools/workspace/workspace.ts";
import { whenAborted } from "../../src/base/abort.ts";
import { sleep } from "../../src/base/clock.ts";
import type { Chance } from "./chance.ts";
import { Life } from "./life.ts";
import { SimulatedPerson } from "./person.ts";
import type { AcceptanceKind, Death } from "./scenario.ts";
import { MODEL, modelOf } from "./simulated-model.ts";
import { teamOf } from "./simulated-team.ts";
import { TOOL_NAMES } from "./tool-names.ts";
import { externalTools, toolsOf } from "./tools.ts";
import type { World } from "./world.ts";

/** No run of the simulation has reason to take longer. */
const LONGEST_MS = 2 * 3_600_000;

/** So long after its work, a process may still hold something: a model that does not heed its abort is given up. */
const ALLOWED_MS = 2_000;

/** One that goes round and round need not take any time. */
const MOST_TIMERS = 50_000;

/** Every question of a run may take a process of its own. */
const MOST_LIVES = 80;

/** How one process ended. */
type LifeEnd = "finished" | "died" | "waits" | "disk-failed" | "taken-over" | "fenced" | "stuck";

/** Plays one run, process after process, until it has come to its end or waits for a person who never answers. */
export class SimulatedRun {
  readonly #world: World;
  readonly #start: EventOf<"run-started">;
  readonly #lingering: Life[] = [];

  constructor(world: World) {
    this.#world = world;
    this.#start = startOf(world);
    new SimulatedPerson(world).sendInputs();
  }

  async play(): Promise<void> {
    const world = this.#world;
    for (const { at, by } of world.scenario.jumps) {
      world.clock.timer(at, () => {
        world.notes.count(`fault: clock set ${by < 0 ? "back" : "forward"}`);
        world.clock.setWallClock(by);
      });
    }
    while (await this.#goesOn()) {
      if (world.lives < MOST_LIVES) continue;
      world.notes.violate("R1", `The run does not come to its end in ${MOST_LIVES} processes.`);
      break;
    }
    for (const life of this.#lingering) life.process.die();
  }

  /** One process; then whether another one has something to do. */
  async #goesOn(): Promise<boolean> {
    const { scenario, lives, witness, notes } = this.#world;
    const end = await this.#live(scenario.deaths[lives]);
    notes.count(`lives that ended: ${end}`);
    if (end === "stuck") return false;
    if (end !== "waits" && (end !== "finished" || !witness.isPending)) return end !== "finished";
    return witness.openQuestions.size === 0 || (await this.#isAnswered(witness.openQuestions.size));
  }

  /** Waits for a person; false where that one never answers. */
  async #isAnswered(asked: number): Promise<boolean> {
    const { clock, scenario, witness } = this.#world;
    if (scenario.person.answers === "never") return false;
    while (await clock.next()) if (witness.openQuestions.size < asked) return true;
    return false;
  }

  async #live(death: Death | undefined): Promise<LifeEnd> {
    const world = this.#world;
    world.lives += 1;
    const life = new Life(world, world.lives, death?.kind === "place" ? death.at : undefined);
    const work = new WorkingProcess(life, this.#start);
    work.begin();
    const takenOver = Promise.withResolvers<void>();
    if (death?.kind === "time") world.clock.timer(death.after, () => life.dieAt("a random time"));
    if (death?.kind === "taken-over") world.clock.timer(death.after, () => takenOver.resolve());
    let isTakenOver = false;
    void takenOver.promise.then(() => (isTakenOver = true));
    const until = world.clock.monotonic() + LONGEST_MS;
    for (let timers = 0; timers < MOST_TIMERS && world.clock.monotonic() < until; timers += 1) {
      const goesOn = await world.clock.next();
      if (!life.process.alive) return "died";
      if (work.end) return await this.#close(life, work.end, work);
      if (isTakenOver && death?.kind === "taken-over") return this.#takeOver(life, death.lingers);
      if (!goesOn) break;
    }
    world.notes.violate("R1", `The run does not come to its end: life ${life.number} waits for nothing that comes.`);
    return "stuck";
  }

  /** One that had not begun the run leaves nothing to go on with. */
  #takeOver(life: Life, lingers: number): LifeEnd {
    const world = this.#world;
    if (!world.witness.begun) life.process.die();
    world.notes.count("fault: taken over by another process");
    life.cutOff();
    this.#lingering.push(life);
    world.clock.timer(lingers, () => life.process.die());
    return "taken-over";
  }

  /** The process has done its work: nothing of it may be left. */
  async #close(life: Life, end: LifeEnd, work: WorkingProcess): Promise<LifeEnd> {
    const world = this.#world;
    const closed = work.close();
    await world.clock.advance(ALLOWED_MS);
    if (!life.process.alive) return "died";
    const after = `after life ${life.number}, which ended: ${end}`;
    if (life.process.pending > 0) world.notes.violate("R3", `${life.process.pending} timers are left ${after}.`);
    if (life.waiting.size > 0 && end === "finished")
      world.notes.violate("R3", `Team code waits for ${[...life.waiting].join(", ")} ${after}.`);
    const listeners = work.signals.reduce((sum, signal) => sum + getEventListeners(signal, "abort").length, 0);
    if (listeners > 0) world.notes.violate("R3", `${listeners} listeners are left ${after}.`);
    if (!closed.done) world.notes.violate("L1", `The log cannot be closed ${after}.`);
    life.process.die();
    return end;
  }
}

/** The engine in one process, with all that it is put together from. */
class WorkingProcess {
  readonly signals: AbortSignal[] = [];
  end: LifeEnd | undefined;
  readonly #life: Life;
  readonly #start: EventOf<"run-started">;
  readonly #log: RunLog;
  readonly #engine: RaceEngine;
  readonly #models: RetryingModelExecutor;

  constructor(life: Life, start: EventOf<"run-started">) {
    const { world, process } = life;
    const { commitMs, programs, accepts, aggregate } = world.scenario;
    this.#life = life;
    this.#start = start;
    this.#log = world.disk.open({
      process,
      fault: () => life.diskFault(),
      refusesRead: () => life.refusesRead(),
      ...(commitMs === undefined ? {} : { soon: (callback) => void process.clock.timer(commitMs, callback) }),
    });
    const model = modelOf(life);
    const chance = life.chance("retries");
    this.#models = new RetryingModelExecutor({
      models: () => model,
      clock: process.clock,
      chance: () => chance.number(),
    });
    this.#engine = new RaceEngine({
      log: this.#log,
      clock: process.clock,
      teams: new Map(programs.map((program) => [program.team, teamOf(program, life)])),
      start,
      furnish: (request) => this.#furnish(request),
      settleLeft: (left, writers) => settleLeftCalls(left, { log: this.#log, models: this.#models, writers }),
      openEffects: (own) => this.#openEffects(own),
      ...(aggregate?.kind === "llm" ? { aggregate: (request) => this.#aggregate(request, aggregate) } : {}),
      ...(accepts ? { accept: (candidate) => acceptance(candidate, life) } : {}),
    });
  }

  #aggregate(request: AggregationRequest, aggregate: AggregationOptions["aggregate"]): Aggregation {
    const { clock } = this.#life.process;
    const own = { log: this.#log, clock, models: this.#models, live: () => {} };
    this.signals.push(request.signal);
    return new Aggregation({ ...request, ...own, task: "?", seed: this.#start.seed, form: undefined, aggregate });
  }

  begin(): void {
    this.#engine.result.then(() => this.#decided()).catch(() => {});
    this.#engine.finished.then(
      () => (this.end = "finished"),
      (error: unknown) => (this.end = this.#failed(error)),
    );
    this.#begin().then(
      () => this.#cancelLater(),
      (error: unknown) => (this.end = this.#failed(error)),
    );
  }

  /** Whoever cancels waits until the run has begun. */
  #cancelLater(): void {
    const { world, isActing } = this.#life;
    const { cancelAt } = world.scenario;
    if (cancelAt === undefined || !isActing) return;
    world.clock.timer(cancelAt, () => this.#life.isActing && this.#engine.cancel("a person is tired of it"));
  }

  /** As whoever started the run does at its end. */
  close(): { done: boolean } {
    const closed = { done: false };
    void this.#log.close().then(() => (closed.done = true));
    return closed;
  }

  async #begin(): Promise<void> {
    const isNew = this.#life.world.disk.rows.head().seq === 0;
    if (isNew) return await this.#engine.start();
    const versions = { formatVersion: FORMAT_VERSION, engineVersion: "0", promptVersion: "0" };
    await this.#engine.resume({ type: "run-resumed", ...versions });
  }

  #decided(): void {
    const { world, isActing } = this.#life;
    if (isActing && !world.witness.decided) world.notes.violate("L2", "The result is given before it is durable.");
  }

  /** Why the process could not go on: a disk that refuses, a person who has to decide, another process. */
  #failed(error: unknown): LifeEnd {
    const { world, isActing, number, process } = this.#life;
    if (!process.alive) return "died";
    const code = error instanceof M1Error ? error.code : "";
    if (code === "run-waiting") return "waits";
    if (code === "log-disk" || code === "log-busy") return "disk-failed";
    // One that was taken over may be the later one to take its scopes; then it is this one that is stale.
    const isContested = world.scenario.deaths.some(({ kind }) => kind === "taken-over");
    if (code === "log-fenced" && (!isActing || isContested)) {
      world.notes.count("L1: stale processes fenced off");
      return "fenced";
    }
    world.notes.violate("R4", `Life ${number} fails: ${String(error)}`);
    return "stuck";
  }

  #openEffects(own: Parameters<ConstructorParameters<typeof RaceEngine>[0]["openEffects"]>[0]): RunEffects {
    const tools = new Map(externalTools(this.#life).map((tool) => [tool.name, tool]));
    const workspace = new Map(toolsOf(this.#life, this.#life.world.folderOf("")).map((tool) => [tool.name, tool]));
    return new RunEffects({
      log: this.#log,
      clock: this.#life.process.clock,
      tool: (name) => tools.get(name) ?? workspace.get(name),
      live: () => {},
      ...own,
    });
  }

  async #furnish(request: FurnishRequest): Promise<TeamQuarters> {
    const { team, writer, signal, fault, past, judge, effects, takeInputs } = request;
    const { world, process } = this.#life;
    this.signals.push(signal);
    const folder = world.folderOf(team);
    const { clock } = process;
    const log = this.#log;
    const files = await fillFolder(folder, { blobs: log.blobs, start: this.#start }, request);
    const door = new StepDoor({
      team,
      writer,
      clock,
      seed: this.#start.seed,
      signal,
      models: this.#models,
      tools: new ToolBox({
        tools: toolsOf(this.#life, folder),
        workspace: folder as unknown as Workspace,
        clock,
      }),
      defaults: { model: MODEL },
      live: () => {},
      snapshot: async () => (await folder.snapshot(log.blobs)).id,
      effects,
      takeInputs,
      onFault: fault,
      ...(judge ? { judge } : {}),
      ...(past ? { replay: new Replay({ past, clock, signal, read: (seq) => eventAt(log, seq) }) } : {}),
    });
    return { door, task: { prompt: this.#start.task.prompt, files }, abilities: undefined };
  }
}

async function acceptance({ team, answer, signal }: Candidate, life: Life): Promise<AcceptanceVerdict> {
  const { world } = life;
  const chance = life.chance("acceptance", team, life.nth(`acceptance ${team}`));
  await life.place();
  await sleep(life.process.clock, chance.milliseconds(world.scenario.pace), signal);
  await life.place();
  const verdict = verdictOn(chance, world);
  world.notes.count(`acceptance: ${verdict}`);
  if (verdict === "throws") throw new Error("The check crashes.");
  if (verdict === "hangs") throw await whenAborted(signal);
  return { verdict, reason: `${answer} is ${verdict}ed.` };
}

function verdictOn(chance: Chance, { scenario }: World): AcceptanceKind {
  const endsAnyway = scenario.cancelAt !== undefined || scenario.limits.deadlineMs !== undefined;
  return chance.weigh([5, "accept"], [4, "reject"], [1, "defer"], [1, "throws"], [endsAnyway ? 1 : 0, "hangs"]);
}

function startOf({ runId, scenario }: World): EventOf<"run-started"> {
  return {
    type: "run-started",
    formatVersion: FORMAT_VERSION,
    engineVersion: "0",
    promptVersion: "0",
    runId,
    task: { prompt: "?", files: [] },
    teams: scenario.programs.map(({ team }) => ({
      team,
      kind: "simulated",
      models: [MODEL],
      tools: [...TOOL_NAMES],
    })),
    policy: scenario.policy,
    ...(scenario.aggregate ? { aggregate: scenario.aggregate } : {}),
    limits: scenario.limits,
    seed: runId,
    rehearsal: true,
    ...(scenario.accepts ? { acceptance: { kind: "function", name: "simulated" } as const } : {}),
  };
}

function eventAt(log: RunLog, seq: number) {
  for (const event of log.read(seq)) return event;
  throw new Error(`The log has no event ${seq}.`);
}
