import type { ResponseHeaders } from "./limit-headers.ts";

/** What a provider refused a call for: more calls or tokens than it allows, too many at once, or it is overloaded. */
export type RefusalCause = "requests" | "tokens" | "concurrency" | "overload";

/** A call was refused not for itself, but for how many there are. */
export interface RefusedForLoad {
  readonly cause: RefusalCause;
  /** Those of the refusing response. */
  readonly headers: ResponseHeaders;
}

const OVERLOADED = new Set([503, 529]);

/** What the status and the words of a failed response say about load; undefined where they say nothing. */
export function loadCauseOf(status: number, words: string): RefusalCause | undefined {
  if (OVERLOADED.has(status)) return "overload";
  if (status !== 429) return undefined;
  if (/concurren|parallel|simultaneous/i.test(words)) return "concurrency";
  return /tokens per|\bTPM\b|(?:input|output) tokens/i.test(words) ? "tokens" : "requests";
}
