/** A number that is no part of a word; a hyphen before it is a sign only where no range is meant. */
const NUMBER = /(?<![\w.])-?\d+(?:\.(\d+))?(?:e[+-]?\d+)?/gi;
const THOUSANDS = /(?<=\d),(?=\d{3}(?!\d))/g;

interface Figure {
  readonly value: number;
  /** Digits after the point. */
  readonly places: number;
}

/**
 * Whether every number of an answer occurs in what the program printed: that number, or that number
 * rounded. Small models invent numbers, or take one from an example. A number of the question's own may
 * be repeated beside one that was printed; a share may be given in percent.
 */
export function isSupported(answer: string, output: string, question: string): boolean {
  const printed = [...figures(output), ...figures(withoutSeparators(output))].map(({ value }) => value);
  const percent = /%|percent/i.test(question + answer);
  const known = percent ? [...printed, ...printed.map((value) => value * 100)] : printed;
  const given = figures(withoutSeparators(question)).map(({ value }) => value);
  return [withoutSeparators(answer), answer].some((reading) => {
    const named = figures(reading);
    const found = named.filter((figure) => isAmong(known, figure));
    if (named.length > 0 && found.length === 0) return false;
    return named.every((figure) => found.includes(figure) || isAmong(given, figure));
  });
}

function figures(text: string): Figure[] {
  return [...text.matchAll(NUMBER)].map(([number, fraction = ""]) => ({
    value: Number(number),
    places: fraction.length,
  }));
}

function isAmong(values: readonly number[], { value, places }: Figure): boolean {
  // Binary fractions are off by a hair.
  const tolerance = 0.5 * 10 ** -places + 1e-9 * Math.max(1, Math.abs(value));
  return values.some((other) => Math.abs(other - value) <= tolerance);
}

/** `1,234` may be a number or two of a list: both readings are tried. */
function withoutSeparators(text: string): string {
  return text.replace(THOUSANDS, "");
}
