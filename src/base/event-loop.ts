/**
 * Calls back once everything that is ready now has been handled: all input at hand, and what follows
 * from it. It never waits for time to pass.
 */
export function afterReadyEvents(callback: () => void): void {
  setImmediate(callback);
}

/** Calls back as soon as the code that runs now has ended, before any further input is looked at. */
export function afterThisCode(callback: () => void): void {
  process.nextTick(callback);
}

/** Lets all other work that is ready go first: for long work that need not wait for anything. */
export function otherWork(): Promise<void> {
  return new Promise((resolve) => afterReadyEvents(resolve));
}
