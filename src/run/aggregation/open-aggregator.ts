import { UsageError } from "../../base/errors.ts";
import { seededInteger } from "../../base/random.ts";
import type { Aggregator } from "../../answers/aggregators.ts";
import { AGGREGATOR_SCOPE, type AggregateDescription } from "../../events/aggregate.ts";
import type { EventOf, RacePolicy } from "../../events/run-event.ts";
import type { AnswerForm } from "../../team/answer-form.ts";
import { UNKNOWN_WINDOW } from "../../team/context/model-window.ts";
import type { LineUp } from "../line-up/line-up.ts";

/**
 * The references of a run's models by who asks them, the aggregator among them where a model is to be one. Throws
 * `UsageError` (`aggregator-model`) where no model is named and no team has one.
 */
export function withAggregator(
  references: ReadonlyMap<string, string>,
  aggregate: Aggregator | AggregateDescription | undefined,
): ReadonlyMap<string, string> {
  if (aggregate?.kind !== "llm") return references;
  const reference = aggregate.model ?? [...references.values()][0];
  if (reference !== undefined) return new Map([...references, [AGGREGATOR_SCOPE, reference]]);
  throw new UsageError("aggregator-model", "No model is named to aggregate the answers, and no team has one.", {
    hint: "Name one: --aggregate llm:MODEL, or llm({ model }) in a program.",
  });
}

/** The aggregation of a new run, for `run-started`. Throws `UsageError` (`aggregate-one`, `window-too-small`). */
export function describeAggregate(
  aggregate: Aggregator | undefined,
  policy: RacePolicy,
  { lineUp, seed }: { readonly lineUp: LineUp; readonly seed: string },
): AggregateDescription | undefined {
  if (!aggregate) return undefined;
  assertSeveral(aggregate, policy);
  const model = lineUp.modelOf(AGGREGATOR_SCOPE);
  if (aggregate.kind !== "llm" || !model) return aggregate.kind === "llm" ? undefined : aggregate;
  const windowTokens = aggregate.windowTokens ?? model.abilities.contextTokens ?? UNKNOWN_WINDOW;
  if (!(windowTokens > 0)) {
    throw new UsageError("window-too-small", `An aggregator cannot have a window of ${windowTokens} tokens.`);
  }
  const { id, abilities } = model;
  return { kind: "llm", model: id, abilities, windowTokens, seed: seededInteger(seed, AGGREGATOR_SCOPE) };
}

/**
 * The aggregation of a run that begins with another's events. Its model is opened when the run goes on. Throws
 * `UsageError` (`aggregate-one`, `aggregate-files`, `aggregator-model`).
 */
export function forkedAggregate(
  start: EventOf<"run-started">,
  { policy = start.policy, aggregate }: { readonly policy?: RacePolicy; readonly aggregate?: Aggregator },
): AggregateDescription | undefined {
  if (!aggregate) return policy.need === 1 ? undefined : start.aggregate;
  assertSeveral(aggregate, policy);
  assertAggregable(aggregate, start.task.answer);
  if (aggregate.kind !== "llm") return aggregate;
  const teams = start.teams.flatMap(({ team, models: [model] }) => (model ? [[team, model] as const] : []));
  const model = withAggregator(new Map(teams), aggregate).get(AGGREGATOR_SCOPE) ?? "";
  const windowTokens = aggregate.windowTokens ?? UNKNOWN_WINDOW;
  return { kind: "llm", model, windowTokens, seed: seededInteger(start.seed, AGGREGATOR_SCOPE) };
}

/** A model writes no file. Throws `UsageError` (`aggregate-files`). */
export function assertAggregable(
  aggregate: Pick<AggregateDescription, "kind"> | undefined,
  answer: Pick<AnswerForm, "kind"> | EventOf<"run-started">["task"]["answer"],
): void {
  if (aggregate?.kind !== "llm" || answer?.kind !== "file") return;
  throw new UsageError("aggregate-files", "No model can make one file of several.", {
    hint: "Take vote: it compares the files' contents. Or first.",
  });
}

function assertSeveral({ kind }: Aggregator, { need, name }: RacePolicy): void {
  if (need !== 1 || kind === "first") return;
  throw new UsageError("aggregate-one", `The policy ${name} takes one answer: there is nothing to aggregate.`, {
    hint: "Wait for more: --policy all, or --need 2 and more.",
  });
}

/** A race that waits for more answers than there are teams would wait for all, and say another thing. */
export function assertEnoughTeams({ need, name }: RacePolicy, teams: number): void {
  if (need === null || need <= teams) return;
  throw new UsageError("policy-need", `${name} waits for ${need} answers, and there are ${teams} teams.`, {
    hint: "Take more teams (-k), or wait for fewer answers.",
  });
}
