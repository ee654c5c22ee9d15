import assert from "node:assert/strict";
import { test } from "node:test";
import { describeEstimate } from "../../../../src/cli/notices/estimate-line.ts";
import { estimateCost } from "../../../../src/run/cost/cost-estimate.ts";
import type { TeamUsage } from "../../../../src/run/cost/past-usage.ts";

const MODEL = "openai/gpt-5.4-mini";
const THREE = [MODEL, MODEL, MODEL];

function teams(model: string, usds: readonly number[]): TeamUsage[] {
  return usds.map((usd) => ({ model, tokens: usd * 1_000_000, usd }));
}

test("what is free is not estimated: local models, rehearsals, Ollama, endpoints of this machine", async () => {
  const free = [
    "local/qwen2.5-coder-0.5b",
    "scripted/a.json",
    "ollama/qwen3",
    "http://localhost:8000/v1#m",
    "http://127.0.0.1:1/v1#m",
  ];
  assert.equal(await estimateCost(free, []), undefined);
});

test("without runs of one's own, others' recorded runs are gone by, times the teams", async () => {
  const one = await estimateCost([MODEL], []);
  const three = await estimateCost(THREE, teams(MODEL, [1, 2]));
  assert.ok(one && three);
  assert.ok(one.low > 0 && one.high > 4 * one.low);
  assert.ok(Math.abs(three.high - 3 * one.high) < 1e-9);
  assert.deepEqual([three.teams, three.basis], [3, 0]);
});

test("three teams of the same model are enough to go by, and their middle half counts", async () => {
  const past = teams(MODEL, [0.1, 0.2, 0.3, 0.4, 90]);
  const estimate = await estimateCost(THREE, past);
  assert.ok(estimate);
  assert.deepEqual([estimate.basis, estimate.low.toFixed(2), estimate.high.toFixed(2)], [5, "0.60", "1.20"]);
});

test("another model's tokens are priced as this one's", async () => {
  const past = teams("anthropic/claude-sonnet-5", [1, 1, 1]);
  const estimate = await estimateCost([MODEL], past);
  assert.ok(estimate);
  assert.equal(estimate.basis, 3);
  assert.ok(estimate.low === estimate.high && estimate.low > 0.5 && estimate.low < 1.5, String(estimate.low));
});

test("a model whose price nobody knows is said to be, and is not in the sum", async () => {
  const estimate = await estimateCost([MODEL, "openai/nobody-knows-it"], []);
  assert.deepEqual([estimate?.teams, estimate?.unpriced], [1, ["openai/nobody-knows-it"]]);
});

const known = { low: 0.1, high: 0.6, teams: 3, basis: 0, unpriced: [] };

test("the sentence: range, teams, what it goes by, and the limit", () => {
  assert.equal(
    describeEstimate(known, THREE),
    `Estimated cost: about $0.10 to $0.60 (3 teams of ${MODEL}, by recorded runs of others; no budget: it could be more, --budget-usd sets one).`,
  );
  assert.match(
    describeEstimate({ ...known, basis: 4 }, THREE, { usd: 0.25 }),
    /about \$0\.10 to \$0\.25 \(.*by your earlier runs; the budget ends it at \$0\.25\)/,
  );
  assert.match(describeEstimate(known, THREE, { tokens: 5000 }), /the budget ends it at 5000 tokens\)/);
  assert.match(
    describeEstimate({ ...known, low: 0.003, high: 0.0034, teams: 1 }, [MODEL]),
    /: about \$0\.003 \(1 team of/,
  );
});

test("the sentence where no price is known, or not of all", () => {
  const foo = { ...known, unpriced: ["openai/foo"] };
  assert.equal(
    describeEstimate({ ...foo, teams: 0 }, ["openai/foo"]),
    "What openai/foo costs is not known here; no budget: it could be more, --budget-usd sets one.",
  );
  assert.match(
    describeEstimate(foo, [...THREE, "openai/foo"]),
    /\(3 teams of openai\/gpt-5\.4-mini, .*\)\. What openai\/foo costs is not known here\.$/,
  );
});
