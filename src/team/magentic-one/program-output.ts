import type { Said } from "./agent.ts";

const ERROR_LINES = 4;
const ERROR_CHARACTERS = 500;
/** What a program prints that found nothing: alone, or at the end of a line that is alone. */
const NOTHING = /^\(?(nan|none|null|\[\]|\{\}|set\(\)|empty dataframe[\s\S]*|series\(\[\][\s\S]*)\)?$/i;
const NOTHING_NAMED = /^[^\n]*[:=]\s*(nan|none|null)$/i;

/** What a program that ran to its end printed, warnings apart; empty where that cannot be an answer. */
export function resultOf(text: string): string {
  const printed = withoutWarnings(text).trim();
  return NOTHING.test(printed) || NOTHING_NAMED.test(printed) ? "" : printed;
}

/**
 * The last lines of a failed run: that is where Python and Node name the error. What stopped a program is said first.
 */
export function errorLines({ text, facts }: Said): string {
  const [first = "", ...others] = withoutWarnings(text).trim().split("\n");
  const stopped = facts?.["exitCode"] === null;
  const lines = stopped ? [first, ...others.slice(-2)] : [first, ...others].slice(-ERROR_LINES);
  const shown = lines.join("\n");
  return shown.length <= ERROR_CHARACTERS ? shown : `…${shown.slice(-ERROR_CHARACTERS)}`;
}

/** Python's warnings come with the source line below them. */
function withoutWarnings(text: string): string {
  return text.replace(/^.*Warning: .*\n?(?: {2}.*(?:\n|$))?/gm, "");
}
