import type { Usage } from "../events/model-call.ts";
import type { Billing, TokenUsage } from "./model.ts";
import { costOf } from "./price.ts";

/**
 * Owns: what the attempts of one call used together. Does not own: prices. Attempts are priced one by one, since prices
 * have tiers. Invariant: one price that nobody knows makes that of all unknown; one estimate makes all an estimate.
 */
export class UsageTally {
  readonly #attempts: TokenUsage[] = [];
  #estimated = false;

  add(usage: TokenUsage, estimated: boolean): void {
    this.#attempts.push(usage);
    this.#estimated ||= estimated;
  }

  async total(billing: Billing): Promise<Usage> {
    const costs = await Promise.all(this.#attempts.map((usage) => costOf(billing, usage)));
    const sum = (pick: (usage: TokenUsage) => number) =>
      this.#attempts.reduce((total, usage) => total + pick(usage), 0);
    return {
      inputTokens: sum((usage) => usage.inputTokens),
      outputTokens: sum((usage) => usage.outputTokens),
      cachedTokens: sum((usage) => usage.cachedTokens),
      costUsd: costs.reduce((total, cost) => (total === null || cost === null ? null : total + cost), 0),
      estimated: this.#estimated,
    };
  }
}
