import type { ResponseHeaders } from "./limit-headers.ts";
import type { PacingAccount } from "./pacing-account.ts";
import type { Refusal } from "./refusal.ts";

/** What a call needs before it may leave. */
export interface PaceRequest {
  readonly account: PacingAccount;
  /** Capacity is dealt out by team, in turn. */
  readonly team: string;
  readonly inputTokens: number;
  /** At most; undefined where nothing is set. */
  readonly outputTokens: number | undefined;
  /** It was refused before, and goes first. */
  readonly again: boolean;
  readonly signal: AbortSignal;
  /** Told once, if it must wait: how long, in milliseconds, as far as is known; 0 where that is not known. */
  readonly onWait?: (waitMs: number) => void;
}

/** What a call used. */
export interface SpentTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A call's place among those under way. It must be left, once. */
export interface Place {
  /** The provider took the call. */
  connected(headers: ResponseHeaders): void;
  /** The call is over; `used` where that is known. */
  leave(used?: SpentTokens): void;
  /** The provider refused the call for what it limits: the place is left, too. */
  refuse(refusal: Refusal): void;
}
