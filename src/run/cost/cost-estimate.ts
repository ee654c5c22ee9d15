import { billingOf } from "../../model/billing.ts";
import { parseModelReference } from "../../model/model-reference.ts";
import { priceOf, type ModelPrice } from "../../model/price.ts";
import type { TeamUsage } from "./past-usage.ts";

/** What a run may come to before any limit, in dollars: the middle half of what is known of others. */
export interface CostEstimate {
  readonly low: number;
  readonly high: number;
  /** Teams that the estimate is about. */
  readonly teams: number;
  /** How many teams of the person's own earlier runs it goes by; 0: by runs that others recorded. */
  readonly basis: number;
  /** Models whose price is not known; what they cost is not in it. */
  readonly unpriced: readonly string[];
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * What one agent run uses where nothing is known of a person's own: the quartiles of 2,481 recorded runs of General-
 * AgentBench (arXiv 2602.18998; those whose one call is a long document left out). The eight Magentic-One transcripts
 * of Who&When (arXiv 2505.00212) come to 7,000 to 2,400,000 tokens in, half of them between 49,000 and 320,000.
 */
const RECORDED = { input: { low: 85_000, high: 690_000 }, output: { low: 970, high: 8_600 } } as const;
/**
 * The part of all tokens that models write, in the same runs: the median is 1.2%, a team's programs and ledgers more.
 */
const WRITTEN = 0.03;
/** Fewer teams of one's own than this say too little. */
const ENOUGH = 3;

/**
 * Estimates what teams of these models cost, each reference one team; undefined where all of it is free. By earlier
 * teams of the same model where there are enough, else by other models' tokens, else by recorded runs.
 */
export async function estimateCost(
  references: readonly string[],
  past: readonly TeamUsage[],
): Promise<CostEstimate | undefined> {
  const counts = new Map<string, number>();
  for (const reference of references) counts.set(reference, (counts.get(reference) ?? 0) + 1);
  let [low, high, teams, basis] = [0, 0, 0, 0];
  const unpriced: string[] = [];
  for (const [reference, count] of counts) {
    const parts = parseModelReference(reference);
    // Nobody bills for a program on this very machine, as far as can be known.
    if (parts.kind === "url" && isLoopback(parts.url)) continue;
    const price = await priceOf(billingOf(parts));
    if (!price) unpriced.push(reference);
    if (!price || (price.input === 0 && price.output === 0)) continue;
    const one = oneTeam(reference, price, past);
    low += one.low * count;
    high += one.high * count;
    teams += count;
    basis += one.basis;
  }
  return teams === 0 && unpriced.length === 0 ? undefined : { low, high, teams, basis, unpriced };
}

function oneTeam(model: string, price: ModelPrice, past: readonly TeamUsage[]): Range & { readonly basis: number } {
  const same = past.flatMap((team) => (team.model === model && team.usd !== undefined ? [team.usd] : []));
  if (same.length >= ENOUGH) return { ...middleHalf(same), basis: same.length };
  // Models of this machine lead their teams another way, and use far less.
  const tokens = past.flatMap((team) => (team.usd !== undefined && team.usd > 0 ? [team.tokens] : []));
  if (tokens.length >= ENOUGH) {
    const perToken = ((1 - WRITTEN) * price.input + WRITTEN * price.output) / 1e6;
    const { low, high } = middleHalf(tokens);
    return { low: low * perToken, high: high * perToken, basis: tokens.length };
  }
  const cost = (end: "low" | "high") => (RECORDED.input[end] * price.input + RECORDED.output[end] * price.output) / 1e6;
  return { low: cost("low"), high: cost("high"), basis: 0 };
}

/** From the first to the third quartile. */
function middleHalf(values: readonly number[]): Range {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { low: at(0.25), high: at(0.75) };
}

function isLoopback(url: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
