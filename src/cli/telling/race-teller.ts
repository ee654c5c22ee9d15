import type { LiveEvent } from "../../events/live.ts";
import type { LoggedEvent } from "../../events/run-event.ts";

/** Tells a race while it happens: progress to standard error, the answer to standard output. */
export interface RaceTeller {
  /** Standard error for whoever else has something to say meanwhile. */
  readonly stderr: { write(text: string): unknown };
  /** Takes in an event that is known, and not told. */
  recall(event: LoggedEvent): void;
  /** Takes in the next event, and tells it. */
  take(event: LoggedEvent): void;
  /** Takes in what is shown while it happens. */
  live(event: LiveEvent): void;
  /** Nothing more comes. What was held back is told; a second time does nothing. */
  close(): void;
}
