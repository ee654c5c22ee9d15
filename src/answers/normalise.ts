/**
 * An answer in the form in which two answers are compared: numbers by value, text without case,
 * white space and punctuation. The rules are those of the official GAIA scorer.
 */
export function normaliseAnswer(answer: string): string {
  const number = asNumber(answer);
  if (number !== undefined) return String(number);
  const text = answer.normalize("NFKC").toLowerCase();
  const bare = text.replace(/[\s\p{P}\p{S}]/gu, "");
  return bare === "" ? text.trim() : bare;
}

/** "$1,234.50" and "1234.5 %" are numbers, too. */
function asNumber(answer: string): number | undefined {
  const bare = answer.replace(/[$%,\s]/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(bare) ? Number(bare) : undefined;
}
