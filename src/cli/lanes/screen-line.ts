import { styleText } from "node:util";
import { fitText, widthOf } from "./fit-text.ts";

/**
 * How a piece of a line is meant, never a colour. `faint` is for what nobody has to read: terminals differ in how well
 * it is seen.
 */
export type Tone = "plain" | "strong" | "good" | "bad" | "asks" | "win" | "faint";

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** A line of a screen. */
export type ScreenLine = readonly Span[];

export function span(text: string, tone: Tone = "plain"): Span {
  return { text, tone };
}

/**
 * Of the sixteen basic colours, which a terminal's theme adapts to its background, those that are read on light and on
 * dark ones: no yellow, no white, no grey; and no meaning by colour alone.
 */
const FORMATS = {
  plain: [],
  strong: ["bold"],
  good: ["green"],
  bad: ["red"],
  asks: ["magenta"],
  win: ["bold", "green"],
  faint: ["dim"],
} as const satisfies Readonly<Record<Tone, readonly Parameters<typeof styleText>[0][]>>;

/** A line in at most `columns`, whatever its texts are; its last piece is cut. */
export function fitLine(line: ScreenLine, columns: number): ScreenLine {
  let left = columns;
  const fitted: Span[] = [];
  for (const { text, tone } of line) {
    // What is between pieces is ours, and stays as it is.
    const shown = /^ *$/.test(text) && text.length <= left ? text : fitKeepingEnds(text, left);
    if (shown === "") continue;
    fitted.push({ text: shown, tone });
    left -= widthOf(shown);
    if (left <= 0) break;
  }
  return fitted;
}

/** A line as a terminal takes it. */
export function paintLine(line: ScreenLine, color: boolean): string {
  return line
    .map(({ text, tone }) => {
      const formats = FORMATS[tone];
      return color && formats.length > 0 ? styleText([...formats], text, { validateStream: false }) : text;
    })
    .join("");
}

/** The line without colours. */
export function plainLine(line: ScreenLine): string {
  return line.map(({ text }) => text).join("");
}

/** `fitText` takes the blanks at both ends away; between two pieces they are wanted. */
function fitKeepingEnds(text: string, columns: number): string {
  const before = blanks(text, 1);
  const after = blanks(text, -1);
  const inner = fitText(text.slice(before.length, text.length - after.length), columns - before.length);
  if (inner === "") return "";
  const whole = before + inner;
  return widthOf(whole) + after.length <= columns ? whole + after : whole;
}

/** The blanks at the beginning of a text, or with -1 at its end. */
function blanks(text: string, step: 1 | -1): string {
  let count = 0;
  while (text.at(step === 1 ? count : -1 - count) === " ") count += 1;
  return " ".repeat(count);
}
