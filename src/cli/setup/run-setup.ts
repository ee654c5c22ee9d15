import type { PlannedWork, SetupTask } from "./setup-task.ts";

/**
 * Tells first what will be done (what, from where, how big, where to), then does what is missing, in the
 * tasks' order. Returns whether there was anything to do. The first failure ends it.
 */
export async function runSetup(
  tasks: readonly SetupTask[],
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const missing: SetupTask[] = [];
  say("Setup needs:");
  for (const task of tasks) {
    const work = await task.plan();
    if (work) missing.push(task);
    say(work ? `  to do  ${describe(work)}` : `  there  ${task.what}`);
  }
  for (const task of missing) {
    signal.throwIfAborted();
    say(`\n${task.what}`);
    await task.perform((text) => say(`  ${text}`), signal);
  }
  say(missing.length > 0 ? "\nAll is there now." : "\nAll is there already.");
  return missing.length > 0;
}

function describe({ what, from, size, to }: PlannedWork): string {
  return `${what}\n           from ${from}, ${size}, to ${to}`;
}
