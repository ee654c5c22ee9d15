import { counted } from "../../base/counted.ts";
import { realClock } from "../../base/clock.ts";
import { hostedKey } from "../../model/api-keys.ts";
import { parseModelReference } from "../../model/model-reference.ts";
import { estimateCost, type CostEstimate } from "../../run/cost/cost-estimate.ts";
import { pastUsage } from "../../run/cost/past-usage.ts";
import type { RaceOptions } from "../../run/race-options.ts";

/** So many of the newest runs are looked into: looking takes time before each start. */
const LOOKED_AT = 12;

/** What a run may cost, said before it spends anything; undefined where all its models are free. */
export async function estimateLine(options: RaceOptions): Promise<string | undefined> {
  const { teams, budget, dataDir = "", environment = {} } = options;
  const references = teams.map(({ model }) => model).filter((model) => model !== "none" && model !== "default");
  if (references.every((reference) => /^(?:scripted|local|ollama)\//.test(reference))) return undefined;
  if (references.some((reference) => lacksKey(reference, environment))) return undefined;
  const estimate = await estimateCost(references, pastUsage(dataDir, LOOKED_AT, realClock));
  return estimate && describeEstimate(estimate, references, budget);
}

/** Such a run is refused before it spends anything. */
function lacksKey(reference: string, environment: NodeJS.ProcessEnv): boolean {
  const parts = parseModelReference(reference);
  return parts.kind === "hosted" && hostedKey(parts.provider, environment) === undefined;
}

export function describeEstimate(
  { low, high, teams, basis, unpriced }: CostEstimate,
  references: readonly string[],
  budget: RaceOptions["budget"] = {},
): string {
  const unknown =
    unpriced.length > 0
      ? `What ${unpriced.join(", ")} ${unpriced.length > 1 ? "cost" : "costs"} is not known here`
      : "";
  const limit = limitOf(budget);
  if (teams === 0) return `${unknown}; ${limit}.`;
  const names = [...new Set(references.filter((reference) => !unpriced.includes(reference)))].join(", ");
  const who = `${counted(teams, "team")} of ${names}`;
  const source = basis > 0 ? "by your earlier runs" : "by recorded runs of others";
  const atMost = budget.usd ?? Number.POSITIVE_INFINITY;
  const range = dollars(Math.min(low, atMost), Math.min(high, atMost));
  return `Estimated cost: ${range} (${who}, ${source}; ${limit}).${unknown && ` ${unknown}.`}`;
}

function limitOf({ usd, tokens }: NonNullable<RaceOptions["budget"]>): string {
  if (usd !== undefined) return `the budget ends it at $${amount(usd)}`;
  if (tokens !== undefined) return `the budget ends it at ${tokens} tokens`;
  return "no budget: it could be more, --budget-usd sets one";
}

function dollars(low: number, high: number): string {
  const [from, to] = [amount(low), amount(high)];
  return from === to ? `about $${from}` : `about $${from} to $${to}`;
}

/** Two digits that count, and cents where there are any. */
function amount(usd: number): string {
  return usd >= 100 ? usd.toFixed(0) : usd >= 0.1 ? usd.toFixed(2) : String(Number(usd.toPrecision(1)));
}
