import assert from "node:assert/strict";
import { test } from "node:test";
import { paretoPlot, type OverallFigures } from "../../../../src/bench/index.ts";

function figures(policy: string, speed: number, points: number, wide = 0.02): OverallFigures {
  const around = (value: number) => ({ value, low: value - wide, high: value + wide });
  return {
    ...{ cells: 2, tasks: 20, policy, k: 4 },
    singleAccuracy: around(0.5),
    accuracyChange: around(points),
    speedup: around(speed),
    barrier: around(1.5),
    tokenCost: around(2),
  };
}

const svg = paretoPlot([
  figures("fast", 2, -0.02),
  figures("dominated", 1.5, -0.03),
  figures("good", 1, 0.05),
  figures("same", 1, 0.05),
  figures("slow <&>", 0.6, -0.01),
]);

test("the frontier joins what no other policy beats in both, the fastest last", () => {
  const best = [...svg.matchAll(/<text class="best"[^>]*>([^<]*)/g)].map(([, name]) => name);
  assert.deepEqual(new Set(best), new Set(["fast", "good", "same"]));
  const [, points = ""] = /<polyline[^>]*points="([^"]*)"/.exec(svg) ?? [];
  const across = points.split(" ").map((place) => Number(place.split(",")[0]));
  assert.equal(across.length, 3);
  assert.deepEqual(
    across.toSorted((one, other) => one - other),
    across,
  );
  assert.equal(svg.match(/<circle/g)?.length, 5);
});

test("everything is in the picture, names of equal points do not stand on each other, and texts are escaped", () => {
  for (const [, , value] of svg.matchAll(/ (x|x1|x2|cx)="([^"]*)"/g))
    assert.ok(Number(value) >= 0 && Number(value) <= 800);
  for (const [, , value] of svg.matchAll(/ (y|y1|y2|cy)="([^"]*)"/g))
    assert.ok(Number(value) >= 0 && Number(value) <= 480);
  const heights = ["good", "same"].map((name) => Number(new RegExp(`y="([\\d.]+)">${name}<`).exec(svg)?.[1]));
  assert.ok(Math.abs((heights[0] ?? 0) - (heights[1] ?? 0)) >= 14);
  assert.match(svg, /slow &lt;&amp;>/);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
});

test("one policy alone can be drawn", () => {
  assert.doesNotMatch(paretoPlot([figures("only", 1, 0, 0)]), /NaN|Infinity/);
});
