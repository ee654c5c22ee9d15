/**
 * Owns: the order of one writer's appends while some of them still store blobs.
 * Invariants: 1. `next` runs in the order of the calls; 2. it runs at once when nobody is before it.
 */
export class AppendOrder {
  #waiting = 0;
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

  /** Resolves when every `next` so far has run. */
  idle(): Promise<void> {
    return this.#last;
  }
}
