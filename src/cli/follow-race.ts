import { realClock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import type { LiveEvent } from "../events/live.ts";
import type { LoggedEvent } from "../events/run-event.ts";
import { RunWaiting } from "../run/run-waiting.ts";
import type { Race } from "../run/race.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { stopOnInterrupt } from "./interrupt.ts";
import { LiveOutput } from "./live-output.ts";
import { PlainLines } from "./plain-lines.ts";
import { resultText } from "./result-text.ts";
import type { Terminal } from "./terminal.ts";

/** What a followed race came to. */
export interface Followed {
  readonly exitCode: number;
  readonly answer: string | null;
}

export interface FollowOptions {
  /** One event a line on standard output, and no progress. */
  readonly json: boolean;
  /** Events up to this number are of an earlier process: they are known, and not told again. */
  readonly known?: number;
}

/**
 * Tells a race as it goes: results to standard output, progress to standard error, with what teams' commands print.
 * `start` gets who is to be told what happens live.
 */
export async function followRace(
  start: (onLive: (event: LiveEvent) => void) => Race,
  terminal: Terminal,
  { json, known = 0 }: FollowOptions,
): Promise<Followed> {
  const lines = new PlainLines({ color: terminal.color, columns: terminal.columns });
  const output = new LiveOutput(realClock, ({ key, text }) => {
    if (!json) terminal.stderr.write(`${lines.output(key, text, realClock.now())}\n`);
  });
  const run = start((event) => output.take(event));
  const release = stopOnInterrupt(run, terminal);
  let begun = false;
  try {
    let untold = known;
    begun = known > 0;
    for await (const event of run.events) {
      begun = true;
      // The first event is this run's own; those copied behind it are another's.
      if (event.type === "run-started") untold = Math.max(known, event.origin?.copied ?? 0);
      const text = lines.render(event);
      const isNew = event.seq > untold || (event.seq === 1 && known === 0);
      output.around(event, () => {
        if (isNew && json) terminal.stdout.write(`${JSON.stringify(event)}\n`);
        else if (isNew) tell(event, text, terminal);
      });
    }
    const result = await run.result;
    const { effects } = await run.receipt;
    const exitCode = effects === "pending" ? EXIT.waiting : exitCodeOf(result.outcome);
    return { exitCode, answer: result.answer };
  } catch (error) {
    if (!(error instanceof RunWaiting)) {
      if (begun && !(error instanceof UsageError))
        terminal.stderr.write(`\nThe run is kept as far as it came. When the cause is mended: m1p resume ${run.id}\n`);
      throw error;
    }
    terminal.stderr.write(`\n${error.message}\n  ${error.hint}\n`);
    return { exitCode: EXIT.waiting, answer: null };
  } finally {
    // Where telling it failed, the race must not go on unseen.
    run.cancel("nobody can be told of it");
    release();
  }
}

/** The answer stands apart from the progress around it, and alone on standard output. */
function tell(event: LoggedEvent, lines: readonly string[], terminal: Terminal): void {
  for (const line of lines) terminal.stderr.write(`${line}\n`);
  if (event.type !== "race-decided") return;
  terminal.stderr.write("\n");
  terminal.stdout.write(resultText(event));
  terminal.stderr.write("\n");
}
