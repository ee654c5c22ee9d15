import { onExit } from "signal-exit";
import type { ScreenStream } from "../terminal.ts";
import { widthOf } from "./fit-text.ts";
import { paintLine, plainLine, type ScreenLine } from "./screen-line.ts";

export interface LiveScreenOptions {
  readonly color: boolean;
  /** Whether the terminal breaks lines anew when it becomes narrower; most do. */
  readonly reflows: boolean;
}

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
/** The terminal shows what is between the two at once; one that does not know them passes them over. */
const BEGIN_TOGETHER = "\u001B[?2026h";
const END_TOGETHER = "\u001B[?2026l";
/** Without wrapping, a character that takes more columns here than we know does not push the others down. */
const NO_WRAP = "\u001B[?7l";
const WRAP = "\u001B[?7h";
const ERASE_BELOW = "\u001B[J";
const ERASE_LINE_END = "\u001B[K";

/**
 * The lowest lines of a terminal, written over and over, below whatever else is written meanwhile.
 * Owns: what stands there, and the cursor, which is hidden while it does. Does not own: what is drawn, and when.
 * Invariants: 1. the cursor is at the beginning of the line below the drawn ones; 2. only lines that differ are
 * written; 3. after `close`, or when the process ends in any way that a program can see, the cursor is shown.
 */
export class LiveScreen {
  readonly #stream: ScreenStream;
  readonly #options: LiveScreenOptions;
  /** As they were painted, and how many columns each takes. */
  #lines: readonly string[] = [];
  #widths: readonly number[] = [];
  #columns: number;
  #rows: number;
  #open = false;
  #forgetExit: () => void = () => {};

  constructor(stream: ScreenStream, options: LiveScreenOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#columns = stream.columns;
    this.#rows = stream.rows;
  }

  /** Shows these lines instead of those that it shows. Each must fit the screen. */
  draw(lines: readonly ScreenLine[]): void {
    const painted = lines.map((line) => paintLine(line, this.#options.color));
    const isResized = this.#columns !== this.#stream.columns || this.#rows !== this.#stream.rows;
    const text = isResized || painted.length < this.#lines.length ? this.#whole(painted) : this.#changes(painted);
    this.#lines = painted;
    this.#widths = lines.map((line) => widthOf(plainLine(line)));
    this.#columns = this.#stream.columns;
    this.#rows = this.#stream.rows;
    if (text === "") return;
    this.#begin();
    this.#write(text);
  }

  /** Writes lines that stay, above those that are drawn. */
  above(text: string): void {
    const ended = text.endsWith("\n") ? text : `${text}\n`;
    if (this.#lines.length === 0) this.#stream.write(ended);
    else this.#stream.write(BEGIN_TOGETHER + this.#up(this.#height()) + overLines(ended) + this.#redrawn());
  }

  /** Draws all anew where the cursor is: something else was on the screen meanwhile. */
  renew(): void {
    this.#columns = this.#stream.columns;
    this.#rows = this.#stream.rows;
    if (this.#open) this.#stream.write(HIDE_CURSOR);
    this.#stream.write(this.#redrawn());
  }

  /** Shows the cursor for as long as something else has the screen. */
  yield(): void {
    if (this.#open) this.#stream.write(SHOW_CURSOR);
  }

  /** These lines stay instead of those that are drawn, and the screen is let go of. */
  close(lines: readonly ScreenLine[]): void {
    this.draw(lines);
    this.#lines = [];
    this.#widths = [];
    if (!this.#open) return;
    this.#open = false;
    this.#forgetExit();
    this.#stream.write(SHOW_CURSOR);
  }

  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    this.#forgetExit = onExit(() => void this.#stream.write(WRAP + SHOW_CURSOR));
    this.#stream.write(HIDE_CURSOR);
  }

  #write(text: string): void {
    this.#stream.write(BEGIN_TOGETHER + NO_WRAP + text + WRAP + END_TOGETHER);
  }

  #redrawn(): string {
    return NO_WRAP + this.#lines.map(overLine).join("") + ERASE_BELOW + WRAP + END_TOGETHER;
  }

  #whole(painted: readonly string[]): string {
    return this.#up(this.#height()) + painted.map(overLine).join("") + ERASE_BELOW;
  }

  /** Goes up to the first line that differs, and writes from there on what does. */
  #changes(painted: readonly string[]): string {
    const first = painted.findIndex((line, index) => line !== this.#lines[index]);
    if (first < 0) return "";
    const lines = painted.slice(first).map((line, index) => {
      const isSame = line === this.#lines[first + index];
      // A line that has not been there yet cannot be gone to: it is made by writing it.
      return isSame ? "\n" : overLine(line);
    });
    return `${this.#up(this.#lines.length - first)}${lines.join("")}${ERASE_BELOW}`;
  }

  /** How many lines of the screen the drawn ones take now, were it resized. */
  #height(): number {
    const columns = Math.max(1, this.#stream.columns);
    if (!this.#options.reflows || columns >= this.#columns) return this.#lines.length;
    return this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
  }

  /** To the beginning of a line above, as far as the screen goes. */
  #up(lines: number): string {
    const reachable = Math.min(lines, Math.max(0, this.#stream.rows - 1));
    return reachable > 0 ? `\u001B[${reachable}A\r` : "\r";
  }
}

/**
 * A line over another one. Line by line, and not all at once from the first: where that is the screen's first, some
 * terminals (tmux) keep what they clear, and a copy of the lanes would be left above.
 */
function overLine(line: string): string {
  return `${ERASE_LINE_END}${line}\n`;
}

function overLines(text: string): string {
  return text.replace(/^(?=.|\n)/gm, ERASE_LINE_END);
}
