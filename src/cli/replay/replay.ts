import { sleep, type Clock } from "../../base/clock.ts";
import { otherWork } from "../../base/event-loop.ts";
import type { LoggedEvent } from "../../events/run-event.ts";
import { PlainLines } from "../telling/plain-lines.ts";
import type { Terminal } from "../terminal.ts";

/** What a replay is labelled with, wherever it is shown. */
export const REPLAY = "REPLAY";

/** However long a model thought, a replay never stands still for longer than this. */
const LONGEST_PAUSE_MS = 3_000;
/** So often the time comes on that is shown in a pause. */
const TICK_MS = 100;
/** Without pauses whoever else has something to do gets a turn every so many events. */
const EVENTS_AT_ONCE = 256;

export interface ReplayOptions {
  readonly clock: Clock;
  /** How many times the race's pace; infinity for no pause. */
  readonly speed: number;
  /** An abort ends it at once, without an error. */
  readonly signal: AbortSignal;
  /** The number of the first event that is shown; default: the first. Those before it are known. */
  readonly from?: number;
}

/** Who shows a replay. */
export interface ReplayTeller {
  recall(event: LoggedEvent): void;
  take(event: LoggedEvent): void;
  /** The recording's time, milliseconds since the epoch, has come on; nothing happened. */
  tick?(time: number): void;
}

/** Gives a recorded race to a teller at `speed` times its pace; pauses of minutes and hours are shortened. */
export async function replay(
  events: Iterable<LoggedEvent> | AsyncIterable<LoggedEvent>,
  teller: ReplayTeller,
  { clock, speed, signal, from = 1 }: ReplayOptions,
): Promise<void> {
  let shown: number | undefined;
  let count = 0;
  for await (const event of events) {
    const isNew = event.seq >= from;
    const gap = isNew && shown !== undefined ? Math.max(0, event.time - shown) : 0;
    await pass(gap, (ms) => teller.tick?.(event.time - gap + ms), { clock, speed, signal });
    if (++count % EVENTS_AT_ONCE === 0) await otherWork();
    if (signal.aborted) return;
    if (isNew) shown = event.time;
    if (isNew) teller.take(event);
    else teller.recall(event);
  }
}

/** Lets so much of the recording's time pass; `tick` is told how much has. */
async function pass(
  gap: number,
  tick: (passed: number) => void,
  { clock, speed, signal }: ReplayOptions,
): Promise<void> {
  const pause = Math.min(LONGEST_PAUSE_MS, gap / speed);
  const from = clock.monotonic();
  for (let left = pause; left > 0 && !signal.aborted; left = pause - (clock.monotonic() - from)) {
    tick(gap * (1 - left / pause));
    await sleep(clock, Math.min(left, TICK_MS), signal).catch(() => {});
  }
}

/** Shows a replay in plain lines, each of them labelled. */
export class LabelledLines implements ReplayTeller {
  readonly #stderr: Terminal["stderr"];
  readonly #lines: PlainLines;

  constructor({ stderr, color, columns }: Terminal) {
    const label = `${REPLAY}  `;
    this.#stderr = { write: (text: string) => stderr.write(label + text) };
    this.#lines = new PlainLines({ color, columns: columns === undefined ? undefined : columns - label.length });
  }

  recall(event: LoggedEvent): void {
    this.#lines.recall(event);
  }

  take(event: LoggedEvent): void {
    for (const line of this.#lines.render(event)) this.#stderr.write(`${line}\n`);
  }
}
