import { rm } from "node:fs/promises";
import { toError, UsageError } from "../base/errors.ts";
import { seededInteger } from "../base/random.ts";
import { FORMAT_VERSION, type EventOf, type Limits, type TeamDescription } from "../events/run-event.ts";
import type { LiveEvent } from "../events/live.ts";
import { MemoryLog } from "../log/memory-log.ts";
import type { RunLog, ScopeWriter } from "../log/run-log.ts";
import { SqliteLog } from "../log/sqlite-log.ts";
import { RetryingModelExecutor } from "../model/model-executor.ts";
import type { LanguageModel } from "../model/model.ts";
import { priceOf } from "../model/price.ts";
import { StepDoor } from "../steps/step-door.ts";
import { PROMPT_VERSION } from "../team/magentic-one/prompts/prompt-version.ts";
import { ToolBox } from "../tools/tool-box.ts";
import { Workspace } from "../tools/workspace/workspace.ts";
import { ENGINE_VERSION } from "./engine-version.ts";
import { openLineUp, type LineUp } from "./line-up.ts";
import { openToolKit, type ToolKit } from "./tool-kit.ts";
import { RaceEngine } from "./race-engine.ts";
import type { RacePlan } from "./race-plan.ts";
import type { TeamQuarters } from "./team-host.ts";
import { readTaskFiles, storeTaskFiles, type ReadFile } from "./task-files.ts";

/**
 * Opens all that a race needs and finds out whether it can be run at all, before anything is kept:
 * a `UsageError` thrown here leaves nothing behind.
 */
export async function prepareRace(plan: RacePlan): Promise<RaceEngine> {
  if (plan.teams.length === 0) throw new UsageError("no-teams", "A race needs at least one team.");
  const prompt = typeof plan.task === "string" ? plan.task : plan.task.prompt;
  if (prompt.trim() === "") throw new UsageError("no-task", "There is no task.", { hint: "Say what is asked." });
  const files = await readTaskFiles(typeof plan.task === "string" ? [] : (plan.task.files ?? []));
  const lineUp = await openLineUp(plan);
  const limits = await limitsOf(plan, lineUp);
  const toolKit = await openToolKit(plan, lineUp.descriptions);
  const log = openLog(plan);
  const start: EventOf<"run-started"> = {
    type: "run-started",
    formatVersion: FORMAT_VERSION,
    engineVersion: ENGINE_VERSION,
    promptVersion: PROMPT_VERSION,
    runId: plan.runId,
    task: { prompt, files: await storeTaskFiles(files, log.blobs) },
    teams: lineUp.descriptions.map((description) => withChance(description, plan.seed)),
    policy: plan.policy,
    limits,
    seed: plan.seed,
    rehearsal: [...lineUp.teams.keys()].some((team) => lineUp.modelOf(team)?.rehearsal),
  };
  return new RaceEngine({
    log,
    clock: plan.clock,
    teams: lineUp.teams,
    start,
    furnish: furnisher(plan, lineUp, toolKit, start, files),
  });
}

function furnisher(
  plan: RacePlan,
  lineUp: LineUp,
  toolKit: ToolKit,
  start: EventOf<"run-started">,
  files: readonly ReadFile[],
): (team: string, writer: ScopeWriter, signal: AbortSignal) => Promise<TeamQuarters> {
  const { clock, seed, directory, onLive, modelCalls } = plan;
  const models = new RetryingModelExecutor({ models: (reference) => lineUp.model(reference), clock, ...modelCalls });
  return async (team, writer, signal) => {
    const workspace = await Workspace.create({ runDirectory: directory, team });
    const description = start.teams.find((each) => each.team === team);
    const visible = await workspace.place(files);
    const model = lineUp.modelOf(team);
    const door = new StepDoor({
      team,
      writer,
      clock,
      seed,
      signal,
      models,
      tools: new ToolBox({ tools: toolKit.toolsOf(description?.tools ?? []), workspace, clock }),
      defaults: {
        model: model?.id ?? "none",
        ...(description?.temperature === undefined ? {} : { temperature: description.temperature }),
        ...(description?.seed === undefined ? {} : { seed: description.seed }),
      },
      live: (event) => tellLive(onLive, event),
    });
    return { door, task: { prompt: start.task.prompt, files: visible }, abilities: model?.abilities };
  };
}

/** A listener's fault is the listener's: no call fails by it. */
function tellLive(onLive: RacePlan["onLive"], event: LiveEvent): void {
  try {
    onLive?.(event);
  } catch (error) {
    warn(error);
  }
}

function warn(error: unknown): void {
  process.emitWarning(toError(error));
}

/** The run's log, with its events going to the run's reader. Closed, and in memory also emptied, at the end. */
function openLog({ store, directory, runId, clock, resources, stream }: RacePlan): RunLog {
  const inMemory = store === "memory";
  if (inMemory) resources.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch(warn));
  const log = inMemory ? new MemoryLog({ runId, clock }) : SqliteLog.create({ directory, runId, clock });
  // A log in memory stays readable for whoever holds the run; it holds nothing that needs closing.
  if (!inMemory) resources.defer(() => log.close());
  stream.follow(log);
  return log;
}

/** Teams of one model must differ in their chance, else k teams are one team k times. */
function withChance(description: TeamDescription, seed: string): TeamDescription {
  if (description.models.length === 0) return description;
  return { ...description, seed: seededInteger(seed, description.team) };
}

async function limitsOf({ budget, deadlineMs }: RacePlan, lineUp: LineUp): Promise<Limits> {
  const limits = { "budget.usd": budget?.usd, "budget.tokens": budget?.tokens, deadlineMs };
  for (const [name, limit] of Object.entries(limits)) {
    if (limit === undefined || (Number.isFinite(limit) && limit > 0)) continue;
    throw new UsageError("limit", `${name} cannot be ${limit}.`, { hint: "It must be a finite number above 0." });
  }
  if (budget?.usd !== undefined) await assertPriced(lineUp);
  return {
    ...(budget?.usd === undefined ? {} : { usd: budget.usd }),
    ...(budget?.tokens === undefined ? {} : { tokens: budget.tokens }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

/** A budget in dollars cannot hold over calls whose price nobody knows. */
async function assertPriced(lineUp: LineUp): Promise<void> {
  const models = [...lineUp.teams.keys()].map((team) => lineUp.modelOf(team));
  for (const model of models.filter((each): each is LanguageModel => each !== undefined)) {
    if (await priceOf(model.billing)) continue;
    throw new UsageError("price-unknown", `The price of ${model.id} is unknown, so a budget in dollars cannot hold.`, {
      hint: "Give the budget in tokens: --budget-tokens.",
    });
  }
}
