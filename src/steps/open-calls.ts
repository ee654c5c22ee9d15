/**
 * Owns: which calls of a team have not come back to it. Does not own: the calls.
 * Invariant: a call is here from the moment it is made, whatever of it has begun.
 */
export class OpenCalls {
  readonly #calls = new Map<string, "acts" | "queues">();

  /** Knows of a call until it settles. */
  follow<Value>(key: string, call: Promise<Value>): Promise<Value> {
    if (!this.#calls.has(key)) this.#calls.set(key, "acts");
    const forget = () => void this.#calls.delete(key);
    call.then(forget, forget);
    return call;
  }

  /** The call waits until those before it are done; it acts when `acts` is said of it. */
  queues(key: string): void {
    this.#calls.set(key, "queues");
  }

  acts(key: string): void {
    this.#calls.set(key, "acts");
  }

  /** Whether nothing goes on before what these calls wait for has come: all others stand behind them. */
  areHeldBy(waiting: ReadonlySet<string>): boolean {
    const calls = [...this.#calls];
    return calls.some(([key]) => waiting.has(key)) && calls.every(([key, how]) => how === "queues" || waiting.has(key));
  }
}
