import { existsSync } from "node:fs";
import { CancelScope } from "../../base/abort.ts";
import { realClock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import { readWhole } from "../../log/read-whole.ts";
import { openRun } from "../../run/kept-runs/find-run.ts";
import { EXIT } from "../exit-codes.ts";
import { streamRecordedRace } from "../replay/recorded-race.ts";
import { LabelledLines, REPLAY, replay, type ReplayTeller } from "../replay/replay.ts";
import { resultText } from "../telling/result-text.ts";
import { settingsOf } from "../flags/settings.ts";
import { wrapWords } from "../lanes/wrap-words.ts";
import type { Terminal } from "../terminal.ts";

export interface ReplayFlags {
  readonly dataDir?: string;
  readonly speed?: number;
  readonly from?: number;
  readonly plain?: true;
}

/**
 * `m1p replay RUN|FILE`: shows a race again as it was, in lanes or lines, and tells its answer. Of a damaged one what
 * is whole is shown, then what is wrong. Throws what reading it throws, and `UsageError` (`replay-from`).
 */
export async function replayRun(source: string, flags: ReplayFlags, terminal: Terminal): Promise<number> {
  const settings = await settingsOf(flags, terminal);
  const { speed = 1, from = 1, plain = settings.plain.value } = flags;
  const stop = new CancelScope();
  const onSignal = () => stop.cancel();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, onSignal);
  const watched = new Watched(await openReplayTeller(terminal, plain));
  try {
    await replay(eventsOf(source, settings.dataDir.value), watched, {
      clock: realClock,
      speed,
      signal: stop.signal,
      from,
    });
    if (watched.last < from && !stop.signal.aborted)
      throw new UsageError("replay-from", `The recording has ${watched.last} events, and none from ${from} on.`);
  } finally {
    watched.close();
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, onSignal);
  }
  if (stop.signal.aborted) return EXIT.cancelled;
  const columns = terminal.results?.columns;
  const wrap = (text: string) => (columns === undefined ? text : wrapWords(text, columns));
  if (watched.decided) terminal.stdout.write(`\n${resultText(watched.decided, wrap)}`);
  else terminal.stderr.write("The recording ends before the race was decided.\n");
  return EXIT.answered;
}

/** Of a file by its path, of standard input (`-`), or else of a run in the data directory. */
async function* eventsOf(source: string, dataDir: string): AsyncGenerator<LoggedEvent, void, undefined> {
  if (source === "-" || existsSync(source)) return yield* streamRecordedRace(source);
  if (/[/\\]|\.jsonl?$/.test(source)) {
    throw new UsageError("recording-unreadable", `There is no file ${source}.`, {
      hint: "Name a file of events, as m1p show RUN --json > FILE writes it, or a run by its id.",
    });
  }
  const log = openRun(dataDir, source, realClock);
  try {
    const events = readWhole(log);
    yield* events;
    if (events.problem) throw events.problem;
  } finally {
    await log.close();
  }
}

type ClosingTeller = ReplayTeller & { close?(): void };

async function openReplayTeller(terminal: Terminal, plain: boolean): Promise<ClosingTeller> {
  if (plain || !terminal.lanes) return new LabelledLines(terminal);
  const { LanesTeller } = await import("../lanes/lanes-teller.ts");
  let time = 0;
  const lanes = new LanesTeller(terminal, {
    screen: terminal.lanes,
    clock: realClock,
    label: REPLAY,
    now: () => time,
    withoutAnswer: true,
  });
  return {
    recall: (event) => lanes.recall(event),
    take(event) {
      time = event.time;
      lanes.take(event);
    },
    tick(now) {
      time = now;
      lanes.tick();
    },
    close: () => lanes.close(),
  };
}

/** Owns: what is to be said of a replay at its end. */
class Watched implements ReplayTeller {
  readonly #teller: ClosingTeller;
  /** The number of the newest event. */
  last = 0;
  decided: EventOf<"race-decided"> | undefined;

  constructor(teller: ClosingTeller) {
    this.#teller = teller;
  }

  recall(event: LoggedEvent): void {
    this.#follow(event);
    this.#teller.recall(event);
  }

  take(event: LoggedEvent): void {
    this.#follow(event);
    this.#teller.take(event);
  }

  #follow(event: LoggedEvent): void {
    this.last = event.seq;
    if (event.type === "race-decided") this.decided = event;
  }

  tick(time: number): void {
    this.#teller.tick?.(time);
  }

  close(): void {
    this.#teller.close?.();
  }
}
