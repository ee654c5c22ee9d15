import { realClock } from "../../base/clock.ts";
import { runDirectory } from "../../base/directories.ts";
import { UsageError } from "../../base/errors.ts";
import type { LoggedEvent } from "../../events/run-event.ts";
import { readWhole, type WholePart } from "../../log/read-whole.ts";
import { isRunLocked } from "../../log/run-lock.ts";
import { EffectsFold } from "../../run/effects/effects-fold.ts";
import { openRun } from "../../run/kept-runs/find-run.ts";
import { outPath } from "../flags/answer-flags.ts";
import { EXIT } from "../exit-codes.ts";
import { PlainLines } from "../telling/plain-lines.ts";
import { NO_EVENTS, whatIsLeft } from "../notices/run-standing.ts";
import { settingsOf } from "../flags/settings.ts";
import { showDiff } from "./show-diff.ts";
import type { Terminal } from "../terminal.ts";
import { FullText, type Part } from "../telling/full-text.ts";
import { writeAnswer } from "../telling/write-answer.ts";

export interface ShowFlags {
  readonly dataDir?: string;
  readonly json?: true;
  readonly lines?: true;
  readonly full?: true;
  readonly ledgers?: true;
  readonly code?: true;
  readonly diff?: true;
  /** Where the answer is to be written. */
  readonly out?: string;
  readonly team?: string;
}

/**
 * `m1p show RUN`: what came of it on one screen; or what happened, in lines, as a transcript or as events. Of a
 * damaged log what is whole is shown, then what is wrong. With `--diff`: what the teams did to their files.
 */
export async function show(run: string, flags: ShowFlags, terminal: Terminal): Promise<number> {
  assertOneKind(flags);
  if (flags.diff) return showDiff(run, flags, terminal);
  const { dataDir } = await settingsOf(flags, terminal);
  if (flags.out !== undefined) {
    await writeAnswer(dataDir.value, run, outPath(flags.out, terminal), terminal);
    return EXIT.answered;
  }
  const log = openRun(dataDir.value, run, realClock);
  try {
    const events = readWhole(log);
    const running = () => isRunLocked(runDirectory(dataDir.value, log.runId));
    const teller = tellerOf(flags, terminal);
    if (flags.json) for (const event of events) terminal.stdout.write(`${JSON.stringify(event)}\n`);
    else if (teller) tell(events, teller, terminal, running);
    else await summarize(events, terminal, running);
    if (events.problem) throw events.problem;
    if (flags.team !== undefined && teller && !teller.hasTold) throw noTeam(flags.team);
    if (teller && !teller.hasShown && events.last) terminal.stderr.write("There is nothing of that kind in the run.\n");
  } finally {
    await log.close();
  }
  return EXIT.answered;
}

/** Flags that would show different things do not go together. */
function assertOneKind({ json, lines, full, ledgers, code, diff, out }: ShowFlags): void {
  const kinds = [
    json && !diff ? "--json" : "",
    lines ? "--lines" : "",
    full ? "--full" : "",
    ledgers || code ? "--ledgers or --code" : "",
    diff ? "--diff" : "",
    out !== undefined ? "--out" : "",
  ].filter(Boolean);
  if (kinds.length <= 1) return;
  throw new UsageError("flags", `${kinds.join(" and ")} show different things.`, { hint: "Take one of them." });
}

function noTeam(team: string): UsageError {
  return new UsageError("team-unknown", `The run has nothing of a team "${team}".`, {
    hint: "m1p show RUN lists its teams.",
  });
}

interface Teller {
  /** Whether there was an event of what is looked for. */
  readonly hasTold: boolean;
  /** Whether a line came of any. */
  readonly hasShown: boolean;
  render(event: LoggedEvent): readonly string[];
}

/** Who tells the run event by event; undefined where only what came of it is wanted. */
function tellerOf(flags: ShowFlags, terminal: Terminal): Teller | undefined {
  const { color, columns } = terminal.results ?? terminal;
  const { team, lines, full, ledgers, code } = flags;
  if (lines) return counting(new PlainLines({ color, columns }), team);
  const parts: Part[] = [...(ledgers ? (["ledgers"] as const) : []), ...(code ? (["code"] as const) : [])];
  if (!full && parts.length === 0 && team === undefined) return undefined;
  return counting(new FullText({ color, parts, ...(team === undefined ? {} : { team }) }), team);
}

function counting(inner: Pick<Teller, "render">, team: string | undefined): Teller {
  let hasTold = false;
  let hasShown = false;
  return {
    get hasShown() {
      return hasShown;
    },
    get hasTold() {
      return hasTold;
    },
    render(event) {
      const lines = inner.render(event);
      if (team !== undefined && event.scope !== team) return [];
      hasTold = true;
      hasShown ||= lines.length > 0;
      return lines;
    },
  };
}

function tell(events: WholePart, teller: Teller, terminal: Terminal, running: () => boolean): void {
  const effects = new EffectsFold();
  for (const event of events) {
    effects.apply(event);
    for (const line of teller.render(event)) terminal.stdout.write(`${line}\n`);
  }
  if (!events.problem) terminal.stdout.write(events.last ? whatIsLeft(events.last, effects, running()) : NO_EVENTS);
}

/** What came of it, on one screen. */
async function summarize(events: WholePart, terminal: Terminal, running: () => boolean): Promise<void> {
  const { RunView } = await import("../lanes/run-view.ts");
  const { renderRun } = await import("../lanes/render-run.ts");
  const { paintLine } = await import("../lanes/screen-line.ts");
  const { color, columns } = terminal.results ?? terminal;
  const view = new RunView();
  for (const event of events) view.apply(event);
  const isRunning = running();
  const now = isRunning && !view.finished ? realClock.now() : view.time;
  for (const line of renderRun(view, { columns, now, running: isRunning }))
    terminal.stdout.write(`${paintLine(line, color)}\n`);
  if (events.problem) return;
  terminal.stdout.write(events.last ? whatIsLeft(events.last, view.effects, isRunning) : NO_EVENTS);
}
