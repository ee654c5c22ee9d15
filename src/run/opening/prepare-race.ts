import { rm } from "node:fs/promises";
import { toError, UsageError } from "../../base/errors.ts";
import { seededInteger } from "../../base/random.ts";
import { AGGREGATOR_SCOPE } from "../../events/aggregate.ts";
import { FORMAT_VERSION, type EventOf, type Limits, type TeamDescription } from "../../events/run-event.ts";
import type { TaskFile } from "../../events/task.ts";
import type { RunLog } from "../../log/run-log.ts";
import type { LanguageModel } from "../../model/model.ts";
import { priceOf } from "../../model/price.ts";
import { PROMPT_VERSION } from "../../team/magentic-one/prompts/prompt-version.ts";
import { COMMAND_TOOL } from "../../tools/command/command-tool.ts";
import { importFolder } from "../../tools/workspace/import-folder.ts";
import { ENGINE_VERSION } from "../engine-version.ts";
import { describeTeams, namedTeams, openLineUp, referencesOf, type LineUp } from "../line-up/line-up.ts";
import { openAcceptance } from "../judging/open-acceptance.ts";
import { describeAnswer } from "../../answers/answer-kind.ts";
import { openAnswerForm } from "../../answers/forms/open-answer-form.ts";
import {
  assertAggregable,
  assertEnoughTeams,
  describeAggregate,
  withAggregator,
} from "../aggregation/open-aggregator.ts";
import { openEngine } from "./open-engine.ts";
import type { RaceEngine } from "../engine/race-engine.ts";
import { dataDirOf, followLog, holdRun, type RacePlan } from "./race-plan.ts";
import { readTaskFiles, storeTaskFiles, type ReadFile } from "./task-files.ts";
import { openToolKit } from "./tool-kit.ts";

/**
 * Opens all that a race needs and finds out whether it can be run at all, before anything is kept:
 * a `UsageError` thrown here leaves nothing behind.
 */
export async function prepareRace(plan: RacePlan): Promise<RaceEngine> {
  if (plan.teams.length === 0) throw new UsageError("no-teams", "A race needs at least one team.");
  const prompt = typeof plan.task === "string" ? plan.task : plan.task.prompt;
  if (prompt.trim() === "") throw new UsageError("no-task", "There is no task.", { hint: "Say what is asked." });
  const files = await readTaskFiles(typeof plan.task === "string" ? [] : (plan.task.files ?? []));
  const teams = namedTeams(plan.teams);
  assertEnoughTeams(plan.policy, teams.size);
  const references = withAggregator(await referencesOf(teams, plan), plan.aggregate);
  const lineUp = await openLineUp(plan, teams, references, { askWindow: true });
  const aggregate = describeAggregate(plan.aggregate, plan.policy, { lineUp, seed: plan.seed });
  const limits = await limitsOf(plan, lineUp);
  const programs = { pythonPackages: [...(plan.pythonPackages ?? [])], unsafeHostExec: plan.unsafeHostExec ?? false };
  const descriptions = describeTeams(lineUp).map((description) => withChance(description, plan.seed));
  const toolKit = await openToolKit(plan, programs, descriptions);
  const answer = describeAnswer(plan);
  const form = await openAnswerForm(answer);
  assertAggregable(aggregate, form);
  const acceptance = plan.accept ? await openAcceptance(plan.accept, plan, programs) : undefined;
  const log = followLog(plan, createLog(plan));
  const kept = await keepInputs(plan, log, files);
  const start: EventOf<"run-started"> = {
    type: "run-started",
    formatVersion: FORMAT_VERSION,
    engineVersion: ENGINE_VERSION,
    promptVersion: PROMPT_VERSION,
    runId: plan.runId,
    task: { prompt, files: kept.files, ...(answer ? { answer } : {}) },
    teams: descriptions,
    policy: plan.policy,
    ...(aggregate ? { aggregate } : {}),
    limits,
    seed: plan.seed,
    rehearsal: [...teams.keys(), AGGREGATOR_SCOPE].some((team) => lineUp.modelOf(team)?.rehearsal),
    programs,
    ...(kept.workdir ? { workdir: kept.workdir } : {}),
    ...(acceptance ? { acceptance: acceptance.description } : {}),
  };
  const judging = { form, schema: plan.schema, accept: acceptance?.accept(log.blobs) };
  return openEngine({ site: plan, log, start, teams, lineUp, toolKit, ...judging });
}

interface KeptInputs {
  readonly files: TaskFile[];
  readonly workdir: EventOf<"run-started">["workdir"];
}

/** Keeps the task's files, and what the person's folder holds now. Where that fails, nothing of the run is left. */
async function keepInputs(plan: RacePlan, { blobs }: RunLog, files: readonly ReadFile[]): Promise<KeptInputs> {
  const { workdir: folder, signal, directory, resources } = plan;
  try {
    const kept = await storeTaskFiles(files, blobs);
    if (folder === undefined) return { files: kept, workdir: undefined };
    const { path, snapshot } = await importFolder({ folder, dataDirectory: dataDirOf(plan), blobs, signal });
    return { files: kept, workdir: { path, snapshot: snapshot.id } };
  } catch (error) {
    await resources.disposeAsync();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch(warn);
    throw error;
  }
}

/** In memory, what there is on disk goes with the run. */
function createLog(plan: RacePlan): RunLog {
  const { store, directory, runId, clock, resources } = plan;
  holdRun(plan);
  if (store.volatile) resources.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch(warn));
  return store.create({ directory, runId, clock });
}

function warn(error: unknown): void {
  process.emitWarning(toError(error));
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
  assertCounted(budget, lineUp);
  if (budget?.usd !== undefined) await assertPriced(lineUp);
  return {
    ...(budget?.usd === undefined ? {} : { usd: budget.usd }),
    ...(budget?.tokens === undefined ? {} : { tokens: budget.tokens }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

/** A budget cannot hold over what programs of the person's own spend: nobody tells us. */
function assertCounted(budget: RacePlan["budget"], lineUp: LineUp): void {
  if (budget?.usd === undefined && budget?.tokens === undefined) return;
  const uncounted = describeTeams(lineUp).find((team) => team.tools.includes(COMMAND_TOOL));
  if (!uncounted) return;
  throw new UsageError(
    "usage-unknown",
    `What the command of ${uncounted.team} spends is unknown, so no budget can hold.`,
    {
      hint: "Leave out the budget; a deadline holds: --deadline 20m.",
    },
  );
}

/** A budget in dollars cannot hold over calls whose price nobody knows. */
async function assertPriced(lineUp: LineUp): Promise<void> {
  const models = [...lineUp.teams.keys(), AGGREGATOR_SCOPE].map((team) => lineUp.modelOf(team));
  for (const model of models.filter((each): each is LanguageModel => each !== undefined)) {
    if (await priceOf(model.billing)) continue;
    throw new UsageError("price-unknown", `The price of ${model.id} is unknown, so a budget in dollars cannot hold.`, {
      hint: "Give the budget in tokens: --budget-tokens.",
    });
  }
}
