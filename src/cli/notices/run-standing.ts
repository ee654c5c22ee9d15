import type { LoggedEvent } from "../../events/run-event.ts";
import type { EffectsFold } from "../../run/effects/effects-fold.ts";

/** Of a log without an event. */
export const NO_EVENTS =
  "The log has no event. If its folder was copied, the file log.db-wal may have been left behind.\n";

/** What a person may have to do about a run, in a sentence; empty for one that has ended. */
export function whatIsLeft(last: LoggedEvent, effects: EffectsFold, running: boolean): string {
  const open = effects.openQuestions.map(({ question }) => question).join(", ");
  const goesOn = `m1p resume ${effects.runId} goes on with it`;
  if (open && (effects.finished || last.type === "run-waiting"))
    return `It waits for a person: ${open}. m1p approvals tells what it is about; when all is decided, ${goesOn}.\n`;
  if (running) return effects.finished ? "" : "The run is still going on.\n";
  if (!effects.finished) return `The run has no end in its log, and no process works on it: ${goesOn}.\n`;
  return effects.summary() === "pending" ? `Of its external calls not all are done yet; ${goesOn}.\n` : "";
}
