import { abortable } from "../../base/abort.ts";

/**
 * Owns: the order in which pieces of work are done, one at a time as they arrived. Does not own: the work.
 * Invariant: whatever becomes of a piece, an abort before its turn included, the next one gets its turn.
 */
export class WorkQueue {
  #last: Promise<void> = Promise.resolve();

  /**
   * Does the work when all before it is done. An abort before that rejects with the signal's reason; the work is not
   * begun.
   */
  async take(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const before = this.#last;
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    this.#last = before.then(() => done);
    try {
      await abortable(before, signal);
      await work();
    } finally {
      finish();
    }
  }
}
