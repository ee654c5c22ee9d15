import { Cancelled } from "./errors.ts";

/**
 * A node in the tree of cancellation. Cancelling it cancels all below it and nothing beside or
 * above it. The first reason wins. `dispose` detaches it from its parent, so no listener is left.
 */
export class CancelScope implements Disposable {
  readonly #controller = new AbortController();
  readonly #detach: () => void;

  constructor(parent?: AbortSignal) {
    if (!parent) {
      this.#detach = () => {};
      return;
    }
    const onAbort = () => this.#controller.abort(parent.reason);
    if (parent.aborted) onAbort();
    else parent.addEventListener("abort", onAbort, { once: true });
    this.#detach = () => parent.removeEventListener("abort", onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Cancels this scope and all below it; a second call changes nothing. */
  cancel(reason: Error = new Cancelled("cancelled", "The scope was cancelled.")): void {
    if (!this.#controller.signal.aborted) this.#controller.abort(reason);
    this.#detach();
  }

  /** Ends the scope without cancelling: detaches it from its parent. */
  dispose(): void {
    this.#detach();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Rejects as soon as the signal aborts, with its reason; else follows `work`. Leaves no listener. */
export function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      work.catch(() => {});
      return reject(signal.reason);
    }
    const onAbort = () => reject(signal.reason);
    const settle = () => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    work.finally(settle).then(resolve, reject);
  });
}

/** Resolves when the signal aborts, with its reason. Use with a scope that is sure to end. */
export function whenAborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}
