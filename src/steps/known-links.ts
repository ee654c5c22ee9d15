/**
 * So many links are remembered. A conversation whose link has been forgotten is journaled again from its beginning;
 * long texts in it are stored once all the same.
 */
const MOST = 1_024;

/**
 * Owns: which links of conversations a team's part of the log has, as far as they were used lately: a run of any
 * length has memory for no more.
 */
export class KnownLinks {
  /** Those that were used last stand last. */
  readonly #ids = new Set<string>();

  /** Whether the log has this link, and so all before it. */
  has(id: string): boolean {
    if (!this.#ids.delete(id)) return false;
    this.#ids.add(id);
    return true;
  }

  add(id: string): void {
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= MOST) return;
      this.#ids.delete(oldest);
    }
  }
}
