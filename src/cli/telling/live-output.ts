import { counted } from "../../base/counted.ts";
import type { Clock } from "../../base/clock.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { LoggedEvent } from "../../events/run-event.ts";

/** A team may show so many lines at once, and then so many a second; the rest is counted. */
const BURST = 30;
const LINES_A_SECOND = 10;
/** Held of what comes before the step's beginning has been told. */
const MOST_HELD = 200;

/** One line of what a team's command printed, or of how many lines are not shown. */
export interface OutputLine {
  /** The key of the command's step. */
  readonly key: string;
  readonly text: string;
}

interface Running {
  /** A line that has no end yet. */
  begun: string;
  held: string[];
  isTold: boolean;
  allowance: number;
  refilledAt: number;
  /** How many lines were not shown since the last that was, and the newest of them. */
  left: number;
  newest: string;
}

/**
 * Owns: what teams' commands print while they run, line by line, and how much of it is shown. Does not own: where
 * the lines go. Invariants: 1. a line is shown whole or not at all; 2. none is shown before its step's beginning has
 * been told or after its end has; 3. whoever prints without end does not fill the screen, and its last line is shown.
 */
export class LiveOutput {
  readonly #clock: Clock;
  readonly #show: (line: OutputLine) => void;
  readonly #running = new Map<string, Running>();

  constructor(clock: Clock, show: (line: OutputLine) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  /** Takes in what is shown while it happens. */
  take(event: LiveEvent): void {
    if (event.type !== "output-streamed") return;
    const running = this.#of(event.key);
    const lines = (running.begun + event.text).split("\n");
    running.begun = lines.pop() ?? "";
    running.held.push(...lines);
    if (running.isTold) this.#flush(event.key, running);
    else running.held.splice(0, running.held.length - MOST_HELD);
  }

  /** Has an event of the run told, in its place among the lines. */
  around(event: LoggedEvent, tell: () => void): void {
    if (event.type === "step-finished") this.#end(event.key);
    tell();
    if (event.type !== "step-started" || event.step.kind !== "tool" || event.step.tool !== "command") return;
    const running = this.#of(event.key);
    running.isTold = true;
    this.#flush(event.key, running);
  }

  #end(key: string): void {
    const running = this.#running.get(key);
    this.#running.delete(key);
    if (!running?.isTold) return;
    if (running.begun !== "") running.held.push(running.begun);
    this.#flush(key, running);
    if (running.left === 0) return;
    running.left -= 1;
    this.#tellLeft(key, running);
    this.#show({ key, text: running.newest });
  }

  #flush(key: string, running: Running): void {
    for (const text of running.held.splice(0)) {
      if (text.trim() === "") continue;
      if (!this.#mayShow(running)) {
        running.left += 1;
        running.newest = text;
        continue;
      }
      this.#tellLeft(key, running);
      this.#show({ key, text });
    }
  }

  #tellLeft(key: string, running: Running): void {
    if (running.left > 0) this.#show({ key, text: `(${counted(running.left, "more line")})` });
    running.left = 0;
  }

  #mayShow(running: Running): boolean {
    const now = this.#clock.monotonic();
    const refill = ((now - running.refilledAt) / 1000) * LINES_A_SECOND;
    running.allowance = Math.min(BURST, running.allowance + refill);
    running.refilledAt = now;
    if (running.allowance < 1) return false;
    running.allowance -= 1;
    return true;
  }

  #of(key: string): Running {
    const known = this.#running.get(key);
    if (known) return known;
    const fresh = {
      begun: "",
      held: [],
      isTold: false,
      allowance: BURST,
      refilledAt: this.#clock.monotonic(),
      left: 0,
      newest: "",
    };
    this.#running.set(key, fresh);
    return fresh;
  }
}
