import { UsageError } from "../../base/errors.ts";
import { first, llm, vote, type Aggregator } from "../../answers/aggregators.ts";
import type { RacePolicy } from "../../events/run-event.ts";
import { parseModelReference } from "../../model/model-reference.ts";
import { POLICIES } from "../../race/policies.ts";
import type { Settings } from "./settings.ts";
import type { Terminal } from "../terminal.ts";

/** What ends a race, and how one answer is made of several. */
export interface RaceRules {
  readonly policy: RacePolicy;
  readonly aggregate?: Aggregator;
}

/**
 * The rules that the settings mean. Who wants an aggregation and names no policy waits for all teams, and is told.
 * Throws `UsageError` (`policy-unknown`, `policy-need`, `aggregator-unknown`).
 */
export function raceRules({ policy, need, aggregate }: Settings, terminal: Terminal): RaceRules {
  const aggregator = aggregate.value === undefined ? undefined : aggregatorNamed(aggregate.value);
  const several = aggregator !== undefined && aggregator.kind !== "first";
  const open = several && policy.source === "default" && need.value === undefined;
  if (open) terminal.stderr.write(`To aggregate by ${aggregator.kind}, the race waits for all teams (--policy all).\n`);
  const chosen = policyNamed(open ? "all" : policy.value, need.value);
  return { policy: chosen, ...(aggregator ? { aggregate: aggregator } : {}) };
}

/**
 * A policy by its name on the command line, and how many answers it waits for. Throws `UsageError` (`policy-unknown`,
 * `policy-need`).
 */
export function policyNamed(name: string, need?: number): RacePolicy {
  const policy = Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined;
  if (!policy) {
    throw new UsageError("policy-unknown", `There is no policy "${name}".`, {
      hint: `Take one of ${Object.keys(POLICIES).join(", ")}.`,
    });
  }
  if (name !== "all" || need === undefined) return policy(need);
  throw new UsageError("policy-need", "The policy all waits for every team, and --need says another number.", {
    hint: "Leave out one of the two.",
  });
}

/**
 * An aggregator as the command line names it: `first`, `vote`, `llm` or `llm:MODEL`. Throws `UsageError`
 * (`aggregator-unknown`).
 */
export function aggregatorNamed(text: string): Aggregator {
  if (text === "first") return first();
  if (text === "vote") return vote();
  if (text === "llm") return llm();
  if (text.startsWith("llm:")) {
    const model = text.slice("llm:".length);
    parseModelReference(model);
    return llm({ model });
  }
  throw new UsageError("aggregator-unknown", `There is no aggregator "${text}".`, {
    hint: "Take one of first, vote, llm, or llm:MODEL for a model of its own.",
  });
}
