import type { AttemptFailed, AttemptFailureCode } from "./attempt-failed.ts";

/** How often and how soon a failed model call is tried again. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Attempts in all where one cause should be tried less often than that. */
  readonly attemptsBy: Partial<Record<AttemptFailureCode, number>>;
  /** Attempts that may be refused by a rate limit: what was refused did nothing, and waits for its turn. */
  readonly refusals: number;
  /** The first wait, in milliseconds; it doubles with each failure. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** The longest wait that an endpoint may ask for. */
  readonly longestRetryAfterMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attempts: 5,
  // A silent endpoint has cost minutes each time; a wrong address answers the same page each time;
  // a model that says nothing twice means it.
  attemptsBy: { "model-timeout": 2, "model-protocol": 3, "model-empty": 2 },
  refusals: 25,
  firstWaitMs: 500,
  longestWaitMs: 20_000,
  longestRetryAfterMs: 60_000,
};

/** Whether another attempt is due after `failures` (the newest last). */
export function mayRetry(policy: RetryPolicy, failures: readonly AttemptFailed[]): boolean {
  const last = failures.at(-1);
  if (!last?.retryable) return false;
  const refused = failures.filter(isRateRefusal).length;
  if (refused >= policy.refusals || failures.length - refused >= policy.attempts) return false;
  if (isRateRefusal(last)) return true;
  const alike = failures.filter((failure) => failure.code === last.code && !isRateRefusal(failure)).length;
  return alike < (policy.attemptsBy[last.code] ?? policy.attempts);
}

/** An overload is a server's trouble and may last; a rate limit passes by itself. */
function isRateRefusal({ refusal }: AttemptFailed): boolean {
  return refusal !== undefined && refusal.cause !== "overload";
}

/**
 * How long to wait before the attempt after `failures`, in milliseconds: what the endpoint asked for
 * (capped) and a little more, so that k teams don't come back as one; else exponential with half of
 * it left to `chance` in [0, 1).
 */
export function waitBefore(
  policy: RetryPolicy,
  failures: readonly AttemptFailed[],
  now: number,
  chance: number,
): number {
  const last = failures.at(-1);
  // An empty reply was no overload: nothing is gained by waiting.
  if (last?.code === "model-empty") return 0;
  const asked = retryAfterMs(last?.retryAfter, now);
  if (asked !== undefined) return Math.min(asked, policy.longestRetryAfterMs) + policy.firstWaitMs * chance;
  const exponential = Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** (failures.length - 1));
  return exponential * (0.5 + 0.5 * chance);
}

/** A Retry-After header in milliseconds from `now`: a number of seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === "") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
