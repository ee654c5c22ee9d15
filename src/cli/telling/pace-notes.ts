import type { Clock } from "../../base/clock.ts";
import type { LiveEvent } from "../../events/live.ts";
import { describeWait } from "../../model/pacing/rate-limited.ts";

/** Shorter waits are nobody's news. */
const WORTH_TELLING_MS = 1500;
/** A team that waits again and again is told of once in so long. */
const ONCE_IN_MS = 20_000;

/** Owns: which waits for a provider are told, so that a tight limit does not fill the screen. */
export class PaceNotes {
  readonly #clock: Clock;
  readonly #told = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to say of it; undefined: nothing. */
  take(event: LiveEvent): string | undefined {
    if (event.type !== "call-paced") return undefined;
    const { key, provider, waitMs } = event;
    if (waitMs > 0 && waitMs < WORTH_TELLING_MS) return undefined;
    const team = key.split("/", 1)[0] ?? key;
    const now = this.#clock.monotonic();
    if (now - (this.#told.get(team) ?? -Infinity) < ONCE_IN_MS) return undefined;
    this.#told.set(team, now);
    if (waitMs === 0) return `waits for a free place at ${provider}`;
    return `waits for the rate limit of ${provider} (${describeWait(waitMs)})`;
  }
}
