/**
 * Owns: whose turn it is, where only one may act at a time, in the order of asking. What fails lets the
 * next one through.
 */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` when all who asked before are done. */
  pass<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
