let waiting = 0;

/**
 * Calls back once everything that is ready now has been handled: all input at hand, and what follows
 * from it. It never waits for time to pass.
 */
export function afterReadyEvents(callback: () => void): void {
  waiting += 1;
  setImmediate(() => {
    waiting -= 1;
    callback();
  });
}

/** Calls back as soon as the code that runs now has ended, before any further input is looked at. */
export function afterThisCode(callback: () => void): void {
  process.nextTick(callback);
}

/** Lets all other work that is ready go first: for long work that need not wait for anything. */
export function otherWork(): Promise<void> {
  return new Promise((resolve) => afterReadyEvents(resolve));
}

/** Resolves when nothing is ready any more: whatever goes on from here waits for time to pass, or for the outside. */
export async function afterAllReady(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (waiting > 0) await afterAllReady();
}
