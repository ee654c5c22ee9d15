import { munkres } from "munkres";
import { numpyMean } from "../python/mean.ts";

/**
 * The mean score where each gold item has the prediction that suits it best, each prediction used once; whoever is
 * left over counts as 0. NaN where a score is no finite number.
 */
export function alignedScore<T>(
  predicted: readonly T[],
  gold: readonly T[],
  score: (predicted: T, gold: T) => number,
): number {
  const scores = gold.map((wanted) => predicted.map((given) => score(given, wanted)));
  if (!scores.flat().every((each) => Number.isFinite(each))) return Number.NaN;
  const best = Array.from({ length: Math.max(gold.length, predicted.length) }, () => 0);
  if (gold.length > 0 && predicted.length > 0) {
    for (const [row, column] of munkres(scores.map((each) => each.map((one) => -one)))) {
      best[row] = Math.max(0, scores[row]?.[column] ?? 0);
    }
  }
  return numpyMean(best);
}
