/** What Python's `float` strips from both ends. */
const SPACE = String.raw`[ \t\n\v\f\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, "g");
const DIGITS = String.raw`\d(?:_?\d)*`;
const NUMBER = new RegExp(String.raw`^[+-]?(?:${DIGITS}(?:\.(?:${DIGITS})?)?|\.${DIGITS})(?:e[+-]?${DIGITS})?$`, "i");
const NAMED = /^([+-]?)(inf|infinity|nan)$/i;
const DIGIT = /\p{Nd}/u;

/**
 * The number that Python's `float` reads in a text; undefined where it raises `ValueError`. It takes white space at
 * both ends, underscores between digits, decimal digits of any script, `inf` and `nan`, and what overflows is infinite.
 */
export function pythonFloat(text: string): number | undefined {
  const bare = text.replace(/\P{ASCII}/gu, asciiDigit).replace(ENDS, "");
  const named = NAMED.exec(bare);
  if (named) return named[2]?.toLowerCase() === "nan" ? Number.NaN : named[1] === "-" ? -Infinity : Infinity;
  return NUMBER.test(bare) ? Number(bare.replaceAll("_", "")) : undefined;
}

/** The digits of a script stand in runs of ten, from 0 on. */
function asciiDigit(character: string): string {
  if (!DIGIT.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  let zero = code;
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}
