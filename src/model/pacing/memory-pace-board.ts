import type { Clock } from "../../base/clock.ts";
import type { PaceBoard } from "./pace-board.ts";
import { newPaceState, recallPaceState, type PaceState } from "./pace-state.ts";

/** Keeps the state in the process. */
export class MemoryPaceBoard implements PaceBoard {
  readonly isCostly = false;
  readonly #states = new Map<string, PaceState>();

  update<Result>(key: string, now: number, change: (state: PaceState) => Result): Result {
    const state = recallPaceState(this.#states.get(key) ?? newPaceState(now), now);
    this.#states.set(key, state);
    return change(state);
  }

  close(): void {
    // Others of the process may use it.
  }
}

const boards = new WeakMap<Clock, MemoryPaceBoard>();

/** The one board of all that live by a clock: by the real one, all of the process. */
export function processPaceBoard(clock: Clock): PaceBoard {
  const board = boards.get(clock) ?? new MemoryPaceBoard();
  boards.set(clock, board);
  return board;
}
