import type { Clock, StopTimer } from "../../base/clock.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { LoggedEvent, Verdict } from "../../events/run-event.ts";
import { PlainLines } from "../telling/plain-lines.ts";
import type { RaceTeller } from "../telling/race-teller.ts";
import { resultText } from "../telling/result-text.ts";
import type { ScreenStream, Terminal } from "../terminal.ts";
import { LiveScreen } from "./live-screen.ts";
import { wrapWords } from "./wrap-words.ts";
import { renderLanes } from "./render-lanes.ts";
import { renderSummary } from "./render-summary.ts";
import { RunView } from "./run-view.ts";

/** Draws ten times a second at the most; and so often while a team works, for what moves by itself. */
const LEAST_MS = 100;
const BEAT_MS = 200;
/** On one screen the answer waits so long for the losers to go out, which as a rule takes less. */
const LAST_LOOK_MS = 600;

export interface LanesOptions {
  readonly screen: ScreenStream;
  readonly clock: Clock;
  /** Stands before all else: `REPLAY`. */
  readonly label?: string;
  /** The time that is shown; default: the clock's. A replay has its own. */
  readonly now?: () => number;
  /** The answer is somebody else's to tell. */
  readonly withoutAnswer?: boolean;
}

/**
 * Tells a race in lanes. Owns: when they are drawn, and when they become the summary that stays. Does not own: what
 * they show (`RunView`), how it looks (`renderLanes`), the screen (`LiveScreen`).
 * Invariants: 1. the answer is written once, after the summary where both go to one screen; 2. after `close` no timer
 * and no listener is left.
 */
export class LanesTeller implements RaceTeller {
  readonly stderr: Terminal["stderr"];
  readonly #terminal: Terminal;
  readonly #options: LanesOptions;
  readonly #screen: LiveScreen;
  readonly #view = new RunView();
  readonly #lines: PlainLines;
  readonly #now: () => number;
  #stopDrawing: StopTimer = () => {};
  #stopLooking: StopTimer = () => {};
  #dueAt = Number.POSITIVE_INFINITY;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #beat = 0;
  #held: Verdict | undefined;
  #isClosed = false;
  /** Somebody else has the screen: nothing may be drawn. */
  #isSuspended = false;
  readonly #onResize = () => this.#draw();
  readonly #onStop = () => this.#suspend();
  readonly #onContinue = () => this.#goOn();

  constructor(terminal: Terminal, options: LanesOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#now = options.now ?? (() => options.clock.now());
    this.#lines = new PlainLines({ color: terminal.color, columns: terminal.columns });
    this.#screen = new LiveScreen(options.screen, { color: terminal.color, reflows: reflows(terminal.environment) });
    this.stderr = { write: (text) => this.#above(text) };
    options.screen.on("resize", this.#onResize);
    process.on("SIGTSTP", this.#onStop);
    process.on("SIGCONT", this.#onContinue);
  }

  recall(event: LoggedEvent): void {
    this.#view.apply(event);
    this.#lines.recall(event);
  }

  take(event: LoggedEvent): void {
    this.#view.apply(event);
    const lines = this.#lines.render(event);
    if (this.#isClosed) {
      // What comes after the summary: external calls that are performed, and the end.
      for (const line of lines) this.#terminal.stderr.write(`${line}\n`);
      return;
    }
    if (event.type === "race-decided" && !this.#options.withoutAnswer) this.#decide(event);
    if (event.type === "run-finished") this.close();
    else this.#drawSoon(LEAST_MS);
  }

  live(event: LiveEvent): void {
    if (this.#isClosed) return;
    this.#view.applyLive(event, this.#now());
    this.#drawSoon(LEAST_MS);
  }

  /** The time has come on, though nothing has happened. */
  tick(): void {
    if (!this.#isClosed) this.#drawSoon(LEAST_MS);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopDrawing();
    this.#stopLooking();
    this.#options.screen.off("resize", this.#onResize);
    process.off("SIGTSTP", this.#onStop);
    process.off("SIGCONT", this.#onContinue);
    const { screen, label } = this.#options;
    this.#screen.close(renderSummary(this.#view, screen.columns, this.#now(), label));
    if (this.#held) this.#answer(this.#held);
  }

  #decide(verdict: Verdict): void {
    if (!this.#terminal.screen) return void this.#terminal.stdout.write(resultText(verdict));
    this.#held = verdict;
    this.#draw();
    this.#stopLooking = this.#options.clock.timer(LAST_LOOK_MS, () => this.close());
  }

  #answer(verdict: Verdict): void {
    const { stdout, stderr } = this.#terminal;
    stderr.write("\n");
    stdout.write(resultText(verdict, (text) => wrapWords(text, this.#options.screen.columns)));
  }

  #above(text: string): void {
    if (this.#isClosed) this.#terminal.stderr.write(text);
    else this.#screen.above(text);
  }

  /** Draws at most `wait` milliseconds from now, and never within `LEAST_MS` of the last time. */
  #drawSoon(wait: number): void {
    const now = this.#options.clock.monotonic();
    const at = Math.max(now, this.#drawnAt + wait);
    if (at >= this.#dueAt) return;
    this.#stopDrawing();
    this.#dueAt = at;
    this.#stopDrawing = this.#options.clock.timer(at - now, () => this.#draw());
  }

  #draw(): void {
    if (this.#isClosed || this.#isSuspended) return;
    this.#stopDrawing();
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#drawnAt = this.#options.clock.monotonic();
    this.#beat = Math.floor(this.#drawnAt / BEAT_MS);
    const { screen, label } = this.#options;
    const frame = { now: this.#now(), beat: this.#beat, ...(label === undefined ? {} : { label }) };
    this.#screen.draw(renderLanes(this.#view, screen, frame));
    if (this.#view.start && !this.#view.finished) this.#drawSoon(BEAT_MS);
  }

  /** Ctrl-Z: the shell gets its cursor. Whoever stops a process catches this signal, so it has to stop itself. */
  #suspend(): void {
    this.#isSuspended = true;
    this.#screen.yield();
    process.kill(process.pid, "SIGSTOP");
  }

  /** What the shell wrote meanwhile stays above. Timers that were due may have fired before. */
  #goOn(): void {
    this.#isSuspended = false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#screen.renew();
    this.#drawSoon(LEAST_MS);
  }
}

/** Whether the terminal breaks lines anew when it becomes narrower. Most do, and do not say so. */
function reflows({ TERM = "", TMUX, XTERM_VERSION }: NodeJS.ProcessEnv): boolean {
  if (TMUX) return true;
  return !XTERM_VERSION && TERM !== "linux" && !TERM.startsWith("screen");
}
