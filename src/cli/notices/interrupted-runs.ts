import { realClock } from "../../base/clock.ts";
import { listRuns } from "../../log/list-runs.ts";
import { describeAge } from "../words/duration.ts";
import { oneLine } from "../words/printable.ts";

/** Of so many newest runs it is looked whether they were interrupted: looking costs time before each start. */
const LOOKED_AT = 5;
const LONGEST_TASK = 60;

/** A line for each run that was interrupted lately: whoever starts a new one may rather go on with it. */
export function interruptedLines(dataDir: string): string[] {
  const interrupted = listRuns(dataDir, LOOKED_AT).filter(({ outcome }) => outcome === "interrupted");
  return interrupted.map(({ runId, prompt, startedAt }) => {
    const task = oneLine(prompt);
    const shown = task.length > LONGEST_TASK ? `${task.slice(0, LONGEST_TASK)}…` : task;
    const age = describeAge(realClock.now() - startedAt);
    return `Begun ${age} ago and interrupted: ${shown}\n  m1p resume ${runId} goes on with it; m1p runs rm ${runId} --force removes it.`;
  });
}
