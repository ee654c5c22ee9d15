import { pythonFloat } from "./python-float.ts";
import { PYTHON_SPACE } from "./python-space.ts";

const SPACE = new RegExp(`[${PYTHON_SPACE}]`, "g");
/** Python's `string.punctuation`. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const LIST = /[,;]/;

/**
 * Text as the official GAIA scorer compares it: without white space, in lower case, without ASCII punctuation. The
 * elements of lists keep their punctuation.
 */
export function normaliseGaiaText(text: string, { keepPunctuation = false } = {}): string {
  const lower = text.replace(SPACE, "").toLowerCase();
  return keepPunctuation ? lower : lower.replace(PUNCTUATION, "");
}

/** The number in a text, `$`, `%` and commas apart; undefined where there is none (the scorer takes infinity then). */
export function normaliseGaiaNumber(text: string): number | undefined {
  return pythonFloat(text.replace(/[$%,]/g, ""));
}

/** Whether an answer has more elements than one: a comma or a semicolon makes a list, `and` does not. */
export function isGaiaList(text: string): boolean {
  return LIST.test(text);
}

/** The elements of a list, between commas and semicolons. */
export function splitGaiaList(text: string): string[] {
  return text.split(LIST);
}

/**
 * Whether the official GAIA scorer counts an answer as right, its oddities included: the truth alone decides by which
 * rule they are compared, a list's order matters, and any text equals an infinite truth.
 */
export function matchesGaia(answer: string, truth: string): boolean {
  const number = pythonFloat(truth);
  if (number !== undefined) return equalsNumber(answer, number);
  if (!isGaiaList(truth)) return normaliseGaiaText(answer) === normaliseGaiaText(truth);
  const given = splitGaiaList(answer);
  const wanted = splitGaiaList(truth);
  return (
    given.length === wanted.length && wanted.every((element, index) => matchesElement(given[index] ?? "", element))
  );
}

function matchesElement(given: string, wanted: string): boolean {
  const number = pythonFloat(wanted);
  if (number !== undefined) return equalsNumber(given, number);
  const keepPunctuation = true;
  return normaliseGaiaText(given, { keepPunctuation }) === normaliseGaiaText(wanted, { keepPunctuation });
}

function equalsNumber(answer: string, number: number): boolean {
  return (normaliseGaiaNumber(answer) ?? Infinity) === number;
}
