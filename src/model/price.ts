import { isIP } from "node:net";
import type * as Prices from "@pydantic/genai-prices";
import type { Billing, TokenUsage } from "./model.ts";

/** Dollars for a million tokens each, at the lowest tier. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
}

/** A model's entry of the price list, cut out so that a look-up needn't search the list again. */
interface PricedModel {
  readonly prices: typeof Prices;
  readonly provider: Prices.Provider;
  readonly model: string;
}

const known = new Map<string, Promise<PricedModel | null>>();

/** What a call cost in dollars; null where no price is known. The price list is loaded at the first question. */
export async function costOf(billing: Billing, usage: TokenUsage): Promise<number | null> {
  if (billing === "free") return 0;
  const priced = await find(billing);
  if (!priced) return null;
  return total(priced, usage);
}

/** A model's price for people and forecasts; null where it isn't known, zeros where nothing is charged. */
export async function priceOf(billing: Billing): Promise<ModelPrice | null> {
  if (billing === "free") return { input: 0, output: 0 };
  const priced = await find(billing);
  if (!priced) return null;
  const perMillion = (usage: Partial<TokenUsage>) => total(priced, { ...NOTHING, ...usage }) * 1000;
  return {
    input: perMillion({ inputTokens: 1000 }),
    output: perMillion({ outputTokens: 1000 }),
  };
}

const NOTHING: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };

function total({ prices, provider, model }: PricedModel, usage: TokenUsage): number {
  // A provider that counts more cached tokens than tokens would make the price list refuse the question.
  const cached = Math.min(usage.cachedTokens, usage.inputTokens);
  const asked = {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: cached,
    cache_write_tokens: Math.min(usage.cacheWriteTokens, usage.inputTokens - cached),
  };
  return prices.calcPrice(asked, model, { provider })?.total_price ?? 0;
}

function find(billing: Exclude<Billing, "free">): Promise<PricedModel | null> {
  if (billing === "unknown" || ("url" in billing && isOwnMachine(billing.url))) return Promise.resolve(null);
  const name = JSON.stringify(billing);
  const found = known.get(name) ?? look(billing);
  known.set(name, found);
  return found;
}

/** No provider is listed under an address in numbers or a name without a domain; the list is large, and not loaded for that. */
function isOwnMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return isIP(hostname.replace(/^\[|\]$/g, "")) !== 0 || !hostname.includes(".");
}

async function look(billing: Exclude<Billing, string>): Promise<PricedModel | null> {
  const prices = await import("@pydantic/genai-prices");
  const provider = prices.findProvider(
    "url" in billing ? { providerApiUrl: billing.url } : { providerId: billing.provider },
  );
  const found = provider && prices.calcPrice({ input_tokens: 0 }, billing.model, { provider });
  if (!found) return null;
  return { prices, provider: { ...found.provider, models: [found.model] }, model: billing.model };
}
