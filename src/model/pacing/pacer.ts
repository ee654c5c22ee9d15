import type { Clock } from "../../base/clock.ts";
import { newTemporaryName } from "../../base/ids.ts";
import { PaceLane } from "./pace-lane.ts";
import type { PaceBoard } from "./pace-board.ts";
import type { PacingLimits } from "./own-limits.ts";
import type { PacingAccount } from "./pacing-account.ts";
import type { PaceRequest, Place } from "./place.ts";

export interface PacerOptions {
  readonly board: PaceBoard;
  readonly clock: Clock;
  /** A person's own limits. */
  readonly limits?: PacingLimits | undefined;
  /** A call that would have to wait longer than this, since its provider says so, fails. Milliseconds. */
  readonly longestPauseMs?: number;
}

/** Longer than this nobody should wait before they are told. */
const LONGEST_PAUSE_MS = 900_000;

/**
 * Lets model calls go at the pace that their providers allow.
 * Owns: this run's waiting calls, its calls under way and their timers. Does not own: what is known of the
 * limits, which the board shares with all other runs.
 * Invariants: 1. within a team calls go in the order of asking; over all teams and runs of a board, one call of
 * a team at a time, in turn; 2. a call that is aborted leaves at once, whether it waits or is under way, and
 * its place is free; 3. no timer is left when nobody waits and nothing is under way.
 */
export class Pacer implements Disposable {
  readonly #options: PacerOptions;
  readonly #member = newTemporaryName();
  readonly #lanes = new Map<string, PaceLane>();

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the call may leave. Rejects with the signal's reason, or with `RateLimited` where the
   * provider allows no call for longer than anybody should wait.
   */
  enter(request: PaceRequest): Promise<Place> {
    return this.#laneOf(request.account).enter(request);
  }

  [Symbol.dispose](): void {
    for (const lane of this.#lanes.values()) lane.dispose();
    this.#options.board.close();
  }

  #laneOf({ key, provider }: PacingAccount): PaceLane {
    const known = this.#lanes.get(key);
    if (known) return known;
    const { board, clock, limits = {}, longestPauseMs = LONGEST_PAUSE_MS } = this.#options;
    const own = limits[provider] ?? {};
    const lane = new PaceLane({ key, member: this.#member, board, clock, limits: own, longestPauseMs });
    this.#lanes.set(key, lane);
    return lane;
  }
}
