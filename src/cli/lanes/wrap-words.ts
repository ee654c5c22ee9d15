import wrapAnsi from "wrap-ansi";

/** Lines longer than this are hard to read, however wide the screen is. */
const WIDEST_TEXT = 100;

/** A text broken at its words for a screen of so many columns; its own lines are kept. `hang`: columns that its lines have less. */
export function wrapWords(text: string, columns: number, hang = 0): string {
  const width = Math.max(1, Math.min(columns, WIDEST_TEXT) - hang);
  const wrapped = wrapAnsi(text, width, { hard: true, trim: false });
  return wrapped
    .split("\n")
    .map((line, index) => (index === 0 ? line.trimEnd() : line.trim()))
    .join("\n");
}
