import type { Usage } from "../events/model-call.ts";
import type { Limits, RunUsage } from "../events/run-event.ts";

/** What was spent so far: by a run, or by one team. `costUsd` sums the calls whose price is known. */
export interface Account {
  readonly calls: number;
  readonly tokens: number;
  readonly cachedTokens: number;
  readonly costUsd: number;
  /** Calls whose price nobody knows. */
  readonly unpriced: number;
  readonly estimated: boolean;
  /** Whether more was used than anybody counted. */
  readonly uncounted: boolean;
}

export const EMPTY_ACCOUNT: Account = {
  calls: 0,
  tokens: 0,
  cachedTokens: 0,
  costUsd: 0,
  unpriced: 0,
  estimated: false,
  uncounted: false,
};

/** The account after one more model call. */
export function settle(account: Account, usage: Usage): Account {
  return {
    ...account,
    calls: account.calls + 1,
    tokens: account.tokens + usage.inputTokens + usage.outputTokens,
    cachedTokens: account.cachedTokens + usage.cachedTokens,
    costUsd: account.costUsd + (usage.costUsd ?? 0),
    unpriced: account.unpriced + (usage.costUsd === null ? 1 : 0),
    estimated: account.estimated || usage.estimated,
  };
}

/** The account after something whose use nobody counts. */
export function settleUncounted(account: Account): Account {
  return { ...account, uncounted: true };
}

/** Which limit is spent, in words; undefined while there is room under each. */
export function spentLimit(account: Account, limits: Limits): string | undefined {
  if (limits.tokens !== undefined && account.tokens >= limits.tokens)
    return `the budget of ${limits.tokens} tokens is spent (${account.tokens} used)`;
  if (limits.usd !== undefined && account.costUsd >= limits.usd)
    return `the budget of $${limits.usd} is spent ($${account.costUsd.toFixed(4)} used)`;
  return undefined;
}

/** The account as results show it: without a total where a price is unknown. */
export function reportUsage(account: Account): RunUsage {
  return {
    calls: account.calls,
    tokens: account.tokens,
    cachedTokens: account.cachedTokens,
    costUsd: account.unpriced > 0 || account.uncounted ? null : account.costUsd,
    estimated: account.estimated,
    ...(account.uncounted ? { uncounted: true } : {}),
  };
}
