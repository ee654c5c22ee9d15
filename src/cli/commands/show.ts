import { realClock } from "../../base/clock.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import { runDirectory } from "../../base/directories.ts";
import { readWhole, type WholePart } from "../../log/read-whole.ts";
import { isRunLocked } from "../../log/run-lock.ts";
import { openRun } from "../../run/find-run.ts";
import { EffectsFold } from "../../run/effects/effects-fold.ts";
import { EXIT } from "../exit-codes.ts";
import { resultText } from "../result-text.ts";
import { PlainLines } from "../plain-lines.ts";
import { Transcript } from "../transcript.ts";
import { showDiff } from "../show-diff.ts";
import { settingsOf } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

export interface ShowFlags {
  readonly dataDir?: string;
  readonly json?: true;
  readonly full?: true;
  readonly diff?: true;
  readonly team?: string;
}

/**
 * `m1p show RUN`: what happened, as plain lines, as a transcript or as events. Of a damaged log what is
 * whole is shown, then what is wrong. With `--diff`: what the teams did to their files.
 */
export async function show(run: string, flags: ShowFlags, terminal: Terminal): Promise<number> {
  if (flags.diff || flags.team !== undefined) return showDiff(run, flags, terminal);
  const { dataDir } = await settingsOf(flags, terminal);
  const log = openRun(dataDir.value, run, realClock);
  try {
    const events = readWhole(log);
    const running = () => isRunLocked(runDirectory(dataDir.value, log.runId));
    if (flags.json) for (const event of events) terminal.stdout.write(`${JSON.stringify(event)}\n`);
    else if (flags.full) tell(events, new Transcript(terminal.color), terminal, running);
    else tellShort(events, terminal, running);
    if (events.problem) throw events.problem;
  } finally {
    await log.close();
  }
  return EXIT.answered;
}

/** In lines, and the result at the end. */
function tellShort(events: WholePart, terminal: Terminal, running: () => boolean): void {
  let decided: (LoggedEvent & EventOf<"race-decided">) | undefined;
  const lines = new PlainLines({ color: terminal.color, columns: terminal.columns });
  const render = (event: LoggedEvent) => {
    if (event.type === "race-decided") decided = event;
    return lines.render(event);
  };
  tell(events, { render }, terminal, running);
  if (decided) terminal.stdout.write(`\n${resultText(decided)}`);
}

function tell(
  events: WholePart,
  teller: { render(event: LoggedEvent): readonly string[] },
  terminal: Terminal,
  running: () => boolean,
): void {
  const effects = new EffectsFold();
  for (const event of events) {
    effects.apply(event);
    for (const line of teller.render(event)) terminal.stdout.write(`${line}\n`);
  }
  if (!events.problem) terminal.stdout.write(events.last ? whatIsLeft(events.last, effects, running()) : NO_EVENTS);
}

const NO_EVENTS = "The log has no event. If its folder was copied, the file log.db-wal may have been left behind.\n";

/** What a person may have to do about a run, in a sentence; empty for one that has ended. */
function whatIsLeft(last: LoggedEvent, effects: EffectsFold, running: boolean): string {
  const open = effects.openQuestions.map(({ question }) => question).join(", ");
  const goesOn = `m1p resume ${effects.runId} goes on with it`;
  if (open && (effects.finished || last.type === "run-waiting"))
    return `It waits for a person: ${open}. m1p approvals tells what it is about; when all is decided, ${goesOn}.\n`;
  if (running) return effects.finished ? "" : "The run is still going on.\n";
  if (!effects.finished) return `The run has no end in its log, and no process works on it: ${goesOn}.\n`;
  return effects.summary() === "pending" ? `Of its external calls not all are done yet; ${goesOn}.\n` : "";
}
