import { InvalidArgumentError } from "commander";

/** For options that may be repeated. */
export function collect(value: string, list: readonly string[] = []): readonly string[] {
  return [...list, value];
}

/** Throws `InvalidArgumentError`, as all of these do; commander tells it with the option's name. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

export function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

export function temperature(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 2) return value;
  throw new InvalidArgumentError("It must be a number from 0 to 2.");
}

/** "4x", "4" or "0.5x"; "max" is as fast as it goes. */
export function speed(text: string): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const value = Number(/^(\d+(?:\.\d+)?|\.\d+)x?$/.exec(text.trim())?.[1]);
  if (value > 0) return value;
  throw new InvalidArgumentError("It must be a number like 4x or 0.5x, or max.");
}
