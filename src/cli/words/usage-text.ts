import type { RunUsage } from "../../events/run-event.ts";

/** What was used, in words: what nobody counted is unknown, not nothing. */
export function describeUsage({ calls, tokens, cachedTokens, costUsd, estimated, uncounted }: RunUsage): string {
  if (uncounted && calls === 0) return "tokens and price unknown (commands do not tell)";
  const cost = costUsd === null ? "price unknown" : `$${costUsd.toFixed(4)}`;
  const more = uncounted ? "; what the commands used is unknown" : "";
  const cached = cachedTokens > 0 ? `, ${cachedTokens} of them from the provider's cache` : "";
  return `${calls} model calls, ${tokens} tokens${cached}${estimated ? " (partly estimated)" : ""}, ${cost}${more}`;
}
