/**
 * Owns: work that runs at the same time, at most so many at once. Invariants: 1. after the first failure
 * nothing new begins; 2. what was begun has ended when `drain` or `settle` does.
 */
export class BoundedTasks {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  #failed: { readonly error: unknown } | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Begins `task` as soon as there is room. Throws what an earlier one threw. */
  async add(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    if (this.#failed) throw this.#failed.error;
    const running: Promise<void> = task()
      .catch((error: unknown) => {
        this.#failed ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for all. Throws what the first to fail threw. */
  async drain(): Promise<void> {
    await this.settle();
    if (this.#failed) throw this.#failed.error;
  }

  /** Waits for all, however they end. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }
}
