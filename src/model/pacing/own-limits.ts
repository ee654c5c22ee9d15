/**
 * What a person allows themselves of one provider, over all runs of a data directory. Each holds for any 60 seconds.
 */
export interface OwnLimits {
  readonly requestsPerMinute?: number | undefined;
  /** Of prompt and reply together; estimated before a call, corrected after it. */
  readonly tokensPerMinute?: number | undefined;
  /** Calls under way at once. */
  readonly concurrency?: number | undefined;
}

/** By the provider's name (`openai`, `anthropic`, `google`, `ollama`) or an endpoint's address. */
export type PacingLimits = Readonly<Record<string, OwnLimits>>;
