/** How one answer is made of several, as a race is told. */
export type Aggregator =
  | { readonly kind: "first" }
  | { readonly kind: "vote" }
  | {
      readonly kind: "llm";
      readonly model?: string;
      readonly windowTokens?: number;
    };

/** By which model answers are aggregated. */
export interface LlmAggregatorOptions {
  /** The reference of the model that is asked. Default: the first team's. */
  readonly model?: string;
  /** Tokens that its prompt and reply may have together. Default: what its model is known to take, else 32,768. */
  readonly windowTokens?: number;
}

/** The earliest answer is taken. */
export function first(): Aggregator {
  return { kind: "first" };
}

/** The answer that most teams gave is taken, compared as the GAIA scorer compares; of equals the earliest. */
export function vote(): Aggregator {
  return { kind: "vote" };
}

/**
 * A model reads the ends of all transcripts and answers (arXiv 2507.08944). Its answer is the run's; it rests on the
 * team that gave the same, or on none. Where the model cannot be had, or says nothing, the vote counts.
 */
export function llm(options: LlmAggregatorOptions = {}): Aggregator {
  return { kind: "llm", ...options };
}
