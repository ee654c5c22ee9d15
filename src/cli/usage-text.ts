import type { RunUsage } from "../events/run-event.ts";

/** What was used, in words: what nobody counted is unknown, not nothing. */
export function describeUsage({ calls, tokens, costUsd, estimated, uncounted }: RunUsage): string {
  if (uncounted && calls === 0) return "tokens and price unknown (commands do not tell)";
  const cost = costUsd === null ? "price unknown" : `$${costUsd.toFixed(4)}`;
  const more = uncounted ? "; what the commands used is unknown" : "";
  return `${calls} model calls, ${tokens} tokens${estimated ? " (partly estimated)" : ""}, ${cost}${more}`;
}
