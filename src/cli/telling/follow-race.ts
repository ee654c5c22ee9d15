import { M1Error, UsageError } from "../../base/errors.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { LoggedEvent } from "../../events/run-event.ts";
import { RunWaiting } from "../../run/engine/run-waiting.ts";
import type { Race } from "../../run/race.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { stopOnInterrupt } from "./interrupt.ts";
import { openTeller } from "./open-teller.ts";
import type { Terminal } from "../terminal.ts";

/** What a followed race came to. */
export interface Followed {
  readonly exitCode: number;
  readonly answer: string | null;
}

export interface FollowOptions {
  /** One event a line on standard output, and no progress. */
  readonly json: boolean;
  /** Plain lines on a terminal, too. */
  readonly plain: boolean;
  /** Says what is taken up of a run that goes on, before anything new is told. */
  readonly describePast?: (past: RaceSoFar) => readonly string[];
}

/** How far a run had come when its process ended. */
export interface RaceSoFar {
  readonly events: number;
  /** Model and tool calls that came to an end. */
  readonly steps: number;
}

/** Who is to be told what happens live, and what happened in earlier processes. */
export interface RaceListeners {
  readonly onLive: (event: LiveEvent) => void;
  readonly onPast: (event: LoggedEvent) => void;
}

/**
 * Tells a race as it goes: results to standard output, progress to standard error, with what teams' commands print.
 * What earlier processes did is known, and not told again.
 */
export async function followRace(
  start: (listeners: RaceListeners) => Race,
  terminal: Terminal,
  { json, plain, describePast = () => [] }: FollowOptions,
): Promise<Followed> {
  const teller = await openTeller(terminal, { json, plain });
  let past: RaceSoFar = { events: 0, steps: 0 };
  const run = start({
    onLive: (event) => teller.live(event),
    onPast: (event) => {
      teller.recall(event);
      past = { events: event.seq, steps: past.steps + (isEndOfStep(event) ? 1 : 0) };
    },
  });
  const release = stopOnInterrupt(run, { ...terminal, stderr: teller.stderr });
  let begun = false;
  try {
    let untold = 0;
    for await (const event of run.events) {
      if (!begun) tellLines(json ? [] : describePast(past), teller);
      begun = true;
      // The first event is this run's own; those copied behind it are another's.
      if (event.type === "run-started") untold = event.origin?.copied ?? 0;
      if (event.seq > untold || event.seq === 1) teller.take(event);
      else teller.recall(event);
    }
    const result = await run.result;
    const { effects } = await run.receipt;
    const exitCode = effects === "pending" ? EXIT.waiting : exitCodeOf(result.outcome);
    return { exitCode, answer: result.answer };
  } catch (error) {
    teller.close();
    if (!(error instanceof RunWaiting)) {
      tellLines(begun || past.events > 0 ? waysOn(error, run.id) : [], terminal);
      throw error;
    }
    terminal.stderr.write(`\n${error.message}\n  ${error.hint}\n`);
    return { exitCode: EXIT.waiting, answer: null };
  } finally {
    // Where telling it failed, the race must not go on unseen.
    run.cancel("nobody can be told of it");
    teller.close();
    release();
  }
}

/** An aborted step has no result that anybody was given. */
function isEndOfStep(event: LoggedEvent): boolean {
  return event.type === "step-finished" && event.status !== "aborted";
}

/** Whether the run can be taken up once what failed is mended, and how. */
function waysOn(error: unknown, runId: string): readonly string[] {
  if (error instanceof UsageError || (error instanceof M1Error && error.code === "log-damaged")) return [];
  return ["", `The run is kept as far as it came. When the cause is mended: m1p resume ${runId}`];
}

function tellLines(lines: readonly string[], { stderr }: Pick<Terminal, "stderr">): void {
  for (const line of lines) stderr.write(`${line}\n`);
}
