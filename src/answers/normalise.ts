import { isGaiaList, normaliseGaiaNumber, normaliseGaiaText, splitGaiaList } from "./gaia-rules.ts";

/** Commas that part thousands, and no elements of a list. */
const THOUSANDS = /^[^\d,;]*\d{1,3}(,\d{3})+(?!\d)(?!.*[,;])/s;

/**
 * An answer in the form in which two answers are compared. The rules are those of the official GAIA scorer: numbers
 * by value, lists by their elements in order, text without case, white space and ASCII punctuation. The scorer goes by
 * what the right answer is; of two answers neither is known to be right, so each goes by its own form.
 */
export function normaliseAnswer(answer: string): string {
  const isList = isGaiaList(answer) && !THOUSANDS.test(answer.trim());
  if (isList) return splitGaiaList(answer).map(elementForm).join(",");
  return numberForm(answer) ?? textForm(answer);
}

function elementForm(element: string): string {
  return numberForm(element) ?? normaliseGaiaText(element, { keepPunctuation: true });
}

/** What is no number to anybody (`nan`) is compared as a word: the scorer would have it differ from itself. */
function numberForm(text: string): string | undefined {
  const number = normaliseGaiaNumber(text);
  return number === undefined || Number.isNaN(number) ? undefined : String(number + 0);
}

/** An answer of nothing but punctuation is that punctuation. */
function textForm(text: string): string {
  return normaliseGaiaText(text) || normaliseGaiaText(text, { keepPunctuation: true });
}
