/** numpy's mean: its sum goes pairwise, so that the last digits are the same, too. NaN for no numbers. */
export function numpyMean(numbers: readonly number[]): number {
  return pairwiseSum(numbers) / numbers.length;
}

/** Source: numpy's loops for additions (blocks of 128, eight sums at once). */
function pairwiseSum(numbers: readonly number[]): number {
  const { length } = numbers;
  if (length < 8) return numbers.reduce((sum, number) => sum + number, 0);
  if (length > 128) {
    const half = Math.floor(length / 2) - (Math.floor(length / 2) % 8);
    return pairwiseSum(numbers.slice(0, half)) + pairwiseSum(numbers.slice(half));
  }
  const whole = length - (length % 8);
  const sums = numbers.slice(0, 8);
  for (let index = 8; index < whole; index += 1) sums[index % 8] = (sums[index % 8] ?? 0) + (numbers[index] ?? 0);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = sums;
  const total = a + b + (c + d) + (e + f + (g + h));
  return numbers.slice(whole).reduce((sum, number) => sum + number, total);
}
