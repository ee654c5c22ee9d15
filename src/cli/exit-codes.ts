import { UsageError } from "../base/errors.ts";
import type { Outcome } from "../events/run-event.ts";

/** Exit codes, as `--help` and the README list them. */
export const EXIT = {
  answered: 0,
  internal: 1,
  usage: 2,
  unanswered: 3,
  exhausted: 4,
  cancelled: 5,
  waiting: 6,
  /** `m1p apply` left something for the person to settle. */
  conflicts: 7,
} as const;

export function exitCodeOf(outcome: Outcome): number {
  switch (outcome) {
    case "answered":
      return EXIT.answered;
    case "exhausted":
      return EXIT.exhausted;
    case "cancelled":
      return EXIT.cancelled;
    case "unanswered":
    case "failed":
    case "denied":
      return EXIT.unanswered;
  }
}

export function exitCodeOfError(error: unknown): number {
  return error instanceof UsageError ? EXIT.usage : EXIT.internal;
}
