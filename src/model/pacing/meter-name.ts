/** What a provider limits by the minute. Tokens are those of prompt and reply together. */
export const METER_NAMES = ["requests", "tokens", "inputTokens", "outputTokens"] as const;
export type MeterName = (typeof METER_NAMES)[number];

/** What one call takes of each. */
export type CallCost = Readonly<Record<MeterName, number>>;

export const NO_COST: CallCost = { requests: 0, tokens: 0, inputTokens: 0, outputTokens: 0 };

/** The cost of one call of so many tokens. */
export function costOfCall(inputTokens: number, outputTokens: number): CallCost {
  return { requests: 1, tokens: inputTokens + outputTokens, inputTokens, outputTokens };
}

/** The sum of two costs. */
export function plus(one: CallCost, other: CallCost): CallCost {
  return {
    requests: one.requests + other.requests,
    tokens: one.tokens + other.tokens,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
  };
}

/** What one cost has beyond the other. */
export function minus(one: CallCost, other: CallCost): CallCost {
  return plus(one, {
    requests: -other.requests,
    tokens: -other.tokens,
    inputTokens: -other.inputTokens,
    outputTokens: -other.outputTokens,
  });
}
