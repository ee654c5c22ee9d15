import { pythonFloat } from "../../answers/python-float.ts";
import { strip } from "../python/text.ts";

/** The number in a text, `$`, `%` and `sqft` apart, a comma being a decimal point; undefined where there is none. */
export function numberInText(text: string, { unit = "" } = {}): number | undefined {
  const bare = strip(text.replaceAll("$", " ").replaceAll("%", " ").replaceAll("sqft", " ")).replaceAll(",", ".");
  return pythonFloat(unit === "" ? bare : bare.replaceAll(unit, ""));
}

/** Python's `float` of an int; undefined where it raises. */
export function floatOf(int: bigint): number | undefined {
  const number = Number(int);
  return Number.isFinite(number) ? number : undefined;
}
