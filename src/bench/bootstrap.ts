import { seededStream } from "../base/random.ts";

/** A figure with its 95% interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly seed?: string;
  /** How often the tasks are drawn anew. Default 2,000. */
  readonly samples?: number;
}

const SHARE_OUTSIDE = 0.05;

/**
 * 95% intervals by bootstrap: the tasks of each group are drawn anew, with replacement, and `figures` is computed of
 * what was drawn. Figures of several policies on the same tasks are thereby compared in pairs. Percentile intervals;
 * the same seed gives the same ones. A figure that is no number in a sample is left out of its interval.
 */
export function bootstrap<T>(
  groups: readonly (readonly T[])[],
  figures: (groups: readonly (readonly T[])[]) => readonly number[],
  { seed = "bootstrap", samples = 2_000 }: BootstrapOptions = {},
): readonly Estimate[] {
  const chance = seededStream(seed, "resample");
  const drawn = Array.from({ length: samples }, () => figures(groups.map((group) => drawAnew(group, chance))));
  return figures(groups).map((value, index) => {
    const ordered = Float64Array.from(drawn, (figure) => figure[index] ?? Number.NaN)
      .filter((figure) => !Number.isNaN(figure))
      .sort();
    return { value, low: quantile(ordered, SHARE_OUTSIDE / 2), high: quantile(ordered, 1 - SHARE_OUTSIDE / 2) };
  });
}

function drawAnew<T>(group: readonly T[], chance: () => number): readonly T[] {
  return group.map((_, __, all) => all[Math.floor(chance() * all.length)] as T);
}

/** The value below which a share of ordered numbers lies, between two of them by proportion. NaN for none. */
export function quantile(ordered: ArrayLike<number>, share: number): number {
  const place = share * (ordered.length - 1);
  const [below, above] = [ordered[Math.floor(place)], ordered[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

/** The mean of what `figure` says of each. */
export function meanOf<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((sum, item) => sum + figure(item), 0) / items.length;
}

export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
