import type { Usage } from "../events/model-call.ts";
import type { Billing, TokenUsage } from "./model.ts";
import { costOf } from "./price.ts";

/** What the attempts of one call used together. Attempts are priced one by one: prices have tiers. */
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
