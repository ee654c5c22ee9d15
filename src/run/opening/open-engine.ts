import { toError } from "../../base/errors.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { EventOf } from "../../events/run-event.ts";
import type { RunLog } from "../../log/run-log.ts";
import type { ModelExecutor } from "../../steps/executors.ts";
import type { AnswerForm } from "../../team/answer-form.ts";
import type { Team } from "../../team/team.ts";
import { isZod, type AnswerSchema } from "../../answers/answer-kind.ts";
import { Aggregation, type AggregationRequest } from "../aggregation/aggregation.ts";
import { judgedAnswers, type JudgedAnswersOptions } from "../judging/judged-answers.ts";
import { RunEffects } from "../effects/run-effects.ts";
import { furnisher, modelExecutor } from "./furnish.ts";
import { settleLeftCalls } from "../engine/left-calls.ts";
import type { LineUp } from "../line-up/line-up.ts";
import { RaceEngine } from "../engine/race-engine.ts";
import type { AcceptFunction } from "../race-options.ts";
import type { RunSite } from "./race-plan.ts";
import type { RunPast } from "../engine/run-past.ts";
import type { ToolKit } from "./tool-kit.ts";

/** All that an engine is put together from; the log is open for writing, and this process holds the run. */
export interface EngineParts {
  readonly site: RunSite;
  readonly log: RunLog;
  readonly start: EventOf<"run-started">;
  /** Those that may still act. */
  readonly teams: ReadonlyMap<string, Team>;
  readonly lineUp: LineUp;
  readonly toolKit: ToolKit;
  /** The form in which the task wants its answer, and a program's own schema behind it. */
  readonly form: AnswerForm | undefined;
  readonly schema: AnswerSchema | undefined;
  readonly accept: AcceptFunction | undefined;
  /** What the log says, where the run is resumed. */
  readonly past?: RunPast;
}

/** The engine of a new run or of a resumed one: `start` or `resume` sets it going. */
export function openEngine(parts: EngineParts): RaceEngine {
  const { site, log, start, teams, lineUp, toolKit, form, past } = parts;
  const { clock, onLive } = site;
  const live = (event: LiveEvent) => tellLive(onLive, event);
  const accept = judgedAnswers({ ...parts, refine: refinementOf(parts.schema), blobs: log.blobs });
  const models = modelExecutor(site, lineUp, log);
  const aggregate = aggregatorOf(parts, models, live);
  return new RaceEngine({
    log,
    clock,
    volatile: site.store.volatile,
    teams,
    start,
    furnish: furnisher({ site, log, start, lineUp, toolKit, form, models, live }),
    openEffects: (own) => new RunEffects({ log, clock, live, tool: (name) => toolKit.tool(name), ...own }),
    settleLeft: (left, writers) => settleLeftCalls(left, { log, models, writers }),
    ...(aggregate ? { aggregate } : {}),
    ...(accept ? { accept } : {}),
    ...(past ? { past } : {}),
  });
}

function aggregatorOf(
  { site, log, start, form, schema }: EngineParts,
  models: ModelExecutor,
  live: (event: LiveEvent) => void,
): ((request: AggregationRequest) => Aggregation) | undefined {
  const { aggregate, seed } = start;
  if (aggregate?.kind !== "llm") return undefined;
  const { clock } = site;
  const { prompt: task } = start.task;
  const shared = { log, clock, live, seed, aggregate, models, task, form, refine: refinementOf(schema) };
  return (request) => new Aggregation({ ...request, ...shared });
}

/** What a program's zod schema says beyond what a JSON schema can. */
function refinementOf(schema: AnswerSchema | undefined): JudgedAnswersOptions["refine"] {
  if (!isZod(schema)) return undefined;
  return async (value) => {
    const parsed = await schema.safeParseAsync(value);
    return parsed.success ? undefined : parsed.error.issues.map(describeIssue).join("; ");
  };
}

function describeIssue({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  return path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`;
}

/** A listener's fault is the listener's: no call fails by it. */
function tellLive(onLive: RunSite["onLive"], event: LiveEvent): void {
  try {
    onLive?.(event);
  } catch (error) {
    process.emitWarning(toError(error));
  }
}
