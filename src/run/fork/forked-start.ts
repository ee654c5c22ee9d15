import {
  FORMAT_VERSION,
  withoutPlace,
  type EventOf,
  type Limits,
  type TeamDescription,
} from "../../events/run-event.ts";
import { PROMPT_VERSION } from "../../team/magentic-one/prompts/prompt-version.ts";
import { ENGINE_VERSION } from "../engine-version.ts";
import { forkedAggregate } from "../aggregation/open-aggregator.ts";
import type { OriginRun } from "./origin-run.ts";
import type { NewRun } from "./write-fork.ts";

/** The first event of a new run that begins with another's events; how many these are is not known yet. */
export function forkedStart(
  { start, runId, head, damagedAt }: OriginRun,
  { kind, cut, prompt, options }: Omit<NewRun, "start">,
  newId: string,
): EventOf<"run-started"> {
  const { model, policy } = options;
  const { aggregate: _, ...same } = withoutPlace(start);
  const aggregate = forkedAggregate(start, options);
  return {
    ...same,
    formatVersion: FORMAT_VERSION,
    engineVersion: ENGINE_VERSION,
    promptVersion: PROMPT_VERSION,
    runId: newId,
    task: { ...start.task, prompt: prompt ?? start.task.prompt },
    teams: start.teams.filter(({ team }) => cut.teams.has(team)).map((team) => withModel(team, model)),
    policy: policy ?? start.policy,
    ...(aggregate ? { aggregate } : {}),
    limits: limitsOf(start.limits, options),
    rehearsal: start.rehearsal || [model, aggregate?.kind === "llm" ? aggregate.model : ""].some(isScripted),
    origin: {
      kind,
      runId,
      seq: head.seq,
      hash: head.hash,
      copied: 0,
      ...(damagedAt === undefined ? {} : { damagedAt }),
    },
  };
}

function isScripted(reference: string | undefined): boolean {
  return reference?.startsWith("scripted/") ?? false;
}

function limitsOf(limits: Limits, { budget, deadlineMs }: NewRun["options"]): Limits {
  return {
    ...limits,
    ...(budget?.usd === undefined ? {} : { usd: budget.usd }),
    ...(budget?.tokens === undefined ? {} : { tokens: budget.tokens }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

/** What its recorded calls were asked with stays known: the team asks them again to hear what the log has. */
function withModel(description: TeamDescription, model: string | undefined): TeamDescription {
  const [old] = description.models;
  if (model === undefined || old === undefined || model === old) return description;
  const { temperature, seed, before } = description;
  return {
    ...description,
    models: [model],
    before: before ?? {
      model: old,
      ...(temperature === undefined ? {} : { temperature }),
      ...(seed === undefined ? {} : { seed }),
    },
  };
}
