import assert from "node:assert/strict";
import { test } from "node:test";
import { seededStream } from "../../../src/base/random.ts";
import { bootstrap, meanOf, quantile } from "../../../src/bench/bootstrap.ts";

test("the interval of a mean is about what its standard error says", () => {
  const chance = seededStream("normal", "numbers");
  // Sums of twelve are nearly normal, with variance 1.
  const numbers = Array.from({ length: 400 }, () => meanOf(Array.from({ length: 12 }, chance), (each) => each) * 12);
  const [mean] = bootstrap([numbers], ([drawn = []]) => [meanOf(drawn, (each) => each)]);
  const width = (mean?.high ?? 0) - (mean?.low ?? 0);
  assert.ok(Math.abs(width - (2 * 1.96) / 20) < 0.03, `${width}`);
  assert.ok(Math.abs((mean?.value ?? 0) - 6) < 0.15);
});

test("figures are compared on the same draws: a difference that every task has has no interval", () => {
  const tasks = [1, 5, 2, 8, 3].map((base) => [base, base + 1] as const);
  const [difference] = bootstrap([tasks], ([drawn = []]) => [meanOf(drawn, ([one, other]) => other - one)]);
  assert.deepEqual(difference, { value: 1, low: 1, high: 1 });
});

test("groups are drawn each by itself, to their own size", () => {
  const sizes = new Set<string>();
  bootstrap(
    [
      [1, 1],
      [2, 2, 2],
    ],
    (groups) => {
      sizes.add(groups.map((group) => [group.length, ...new Set(group)].join(" of ")).join(", "));
      return [];
    },
  );
  assert.deepEqual([...sizes], ["2 of 1, 3 of 2"]);
});

test("what is no number in a draw is left out, and quantiles go between numbers", () => {
  const [ratio] = bootstrap([[0, 1]], ([drawn = []]) => {
    const sum = meanOf(drawn, (each) => each);
    return [sum === 0 ? Number.NaN : sum];
  });
  assert.deepEqual([ratio?.low, ratio?.high], [0.5, 1]);
  assert.equal(quantile([1, 2, 4], 0.75), 3);
  assert.equal(quantile([1, Infinity, Infinity], 0.9), Infinity);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

test("a stream of chance is even, repeats itself by its seed, and differs by its label", () => {
  const draw = (seed: string, label: string) => Array.from({ length: 10_000 }, seededStream(seed, label));
  const drawn = draw("a", "b");
  const shares = Array.from(
    { length: 10 },
    (_, tenth) => drawn.filter((each) => Math.floor(each * 10) === tenth).length,
  );
  assert.ok(
    shares.every((share) => share > 850 && share < 1_150),
    shares.join(" "),
  );
  assert.deepEqual(draw("a", "b"), drawn);
  assert.notDeepEqual(draw("a", "c"), drawn);
});
