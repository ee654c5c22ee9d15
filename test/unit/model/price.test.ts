import assert from "node:assert/strict";
import { test } from "node:test";
import type { Billing, TokenUsage } from "../../../src/model/model.ts";
import { costOf, priceOf } from "../../../src/model/price.ts";
import { UsageTally } from "../../../src/model/usage-tally.ts";

const MINI: Billing = { provider: "openai", model: "gpt-4o-mini" };

function usage(inputTokens: number, outputTokens: number, cachedTokens = 0): TokenUsage {
  return { inputTokens, outputTokens, cachedTokens, cacheWriteTokens: 0 };
}

/** Dollars are sums of floating-point numbers. */
function assertDollars(actual: number | null, expected: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}

test("a known model's calls are priced, cached tokens at their own rate", async () => {
  assertDollars(await costOf(MINI, usage(1000, 100)), 0.00015 + 0.00006);
  assertDollars(await costOf(MINI, usage(1000, 100, 600)), 0.00006 + 0.000045 + 0.00006);
  const price = await priceOf(MINI);
  assertDollars(price?.input ?? null, 0.15);
  assertDollars(price?.output ?? null, 0.6);
});

test("an unknown model, provider or address has no price; nothing is guessed", async () => {
  const unknown: readonly Billing[] = [
    "unknown",
    { provider: "openai", model: "no-such-model-1" },
    { provider: "no-such-provider", model: "gpt-4o-mini" },
    { url: "http://localhost:8000/v1", model: "gpt-4o-mini" },
  ];
  for (const billing of unknown) {
    assert.equal(await costOf(billing, usage(1, 1)), null);
    assert.equal(await priceOf(billing), null);
  }
});

test("a known address has its own prices", async () => {
  assert.ok(await priceOf({ url: "https://api.openai.com/v1", model: "gpt-4o-mini" }));
});

test("an address on one's own network has no price, whatever model it names", async () => {
  const urls = ["http://localhost:8000/v1", "http://127.0.0.1:1234/v1", "http://[::1]:8000/v1", "http://gpu-box/v1"];
  for (const url of urls) assert.equal(await costOf({ url, model: "gpt-4o-mini" }, usage(1000, 100)), null, url);
});

test("what runs here costs nothing", async () => {
  assert.equal(await costOf("free", usage(1e9, 1e9)), 0);
});

test("impossible counts of cached tokens don't fail the call that reports them", async () => {
  assertDollars(await costOf(MINI, usage(1000, 0, 5000)), 0.000075);
});

test("a call's attempts add up; one estimate makes the sum one, one unknown price leaves it without", async () => {
  const tally = new UsageTally();
  tally.add(usage(1000, 0), false);
  tally.add(usage(1000, 100, 600), true);
  const total = await tally.total(MINI);
  assertDollars(total.costUsd, 0.00015 + 0.000165);
  assert.deepEqual(
    { ...total, costUsd: 0 },
    { inputTokens: 2000, outputTokens: 100, cachedTokens: 600, costUsd: 0, estimated: true },
  );
  assert.equal((await tally.total("unknown")).costUsd, null);
});
