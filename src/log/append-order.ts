/**
 * Owns: the order of one writer's appends while some of them still store blobs, and which of them stand behind
 * one that failed. Does not own: the appends.
 * Invariants: 1. `next` runs in the order of the calls; 2. it runs at once when nobody is before it; 3. what was
 * asked for before a failure was known has that failure: nothing is stored behind a gap.
 */
export class AppendOrder {
  #waiting = 0;
  #failures = 0;
  #failure: unknown;
  #last: Promise<void> = Promise.resolve();

  /** Does `work`, then `next` (`failed` when the work fails), behind all earlier calls. */
  run(work: (() => Promise<unknown>) | undefined, next: () => void, failed: (error: unknown) => void): void {
    if (!work && this.#waiting === 0) return next();
    this.#waiting += 1;
    this.#last = this.#last
      .then(work)
      .then(next, failed)
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** Fails this append and all that stand behind it. */
  fail(error: unknown): void {
    this.#failures += 1;
    this.#failure = error;
  }

  /** Tells, of an append that begins now, whether one before it has failed since, and of what. */
  begin(): () => { readonly failure: unknown } | undefined {
    const before = this.#failures;
    return () => (this.#failures > before ? { failure: this.#failure } : undefined);
  }

  /** Resolves when every `next` so far has run. */
  idle(): Promise<void> {
    return this.#last;
  }
}
