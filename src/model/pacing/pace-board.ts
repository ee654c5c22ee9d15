import type { PaceState } from "./pace-state.ts";

/**
 * Where the state of each provider's limits is kept for all who share it. Port; its implementations (in the
 * process, in a file of the data directory) are held to one contract suite.
 */
export interface PaceBoard {
  /** Whether looking costs input and output, so that it is done no more often than need be. */
  readonly isCostly: boolean;
  /** Changes the state under a key, alone; gives what `change` gives. Never throws but what `change` throws. */
  update<Result>(key: string, now: number, change: (state: PaceState) => Result): Result;
  close(): void;
}
