import type { ProgressLedger } from "../../events/ledger.ts";

/** Where the work stands, and what that does to the stall counter. */
export interface Judgement {
  readonly ledger: ProgressLedger;
  readonly stall: "rise" | "fall" | "hold";
  /** Why the counter rises or falls, in words. */
  readonly reason: string;
}
