/** What counts in place of zero, whose logarithm there is not. */
const NEARLY_ZERO = 1e-4;

/** 1 for equal numbers, less by the logarithm of their ratio, never below 0. Negative ones may come out above 1. */
export function compareNumbers(predicted: number, gold: number): number {
  if (predicted === 0 && gold === 0) return 1;
  const given = predicted === 0 ? NEARLY_ZERO : predicted;
  const wanted = gold === 0 ? NEARLY_ZERO : gold;
  const score = 1 - Math.log(given > wanted ? given / wanted : wanted / given);
  // Also where the logarithm is none (numbers of two signs).
  return score > 0 ? score : 0;
}
