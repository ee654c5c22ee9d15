import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_ACCOUNT, reportUsage, settle, spentLimit } from "../../../src/governance/account.ts";

const usage = { inputTokens: 100, outputTokens: 20, cachedTokens: 60, costUsd: 0.25, estimated: false };

test("what calls used adds up, cached tokens once", () => {
  const account = settle(settle(EMPTY_ACCOUNT, usage), usage);
  assert.deepEqual(reportUsage(account), {
    calls: 2,
    tokens: 240,
    cachedTokens: 120,
    costUsd: 0.5,
    estimated: false,
  });
});

test("one estimated call makes the total an estimate, one unpriced call leaves no total in dollars", () => {
  const account = settle(settle(EMPTY_ACCOUNT, usage), { ...usage, costUsd: null, estimated: true });
  const report = reportUsage(account);
  assert.equal(report.estimated, true);
  assert.equal(report.costUsd, null);
  assert.equal(report.tokens, 240);
});

test("a limit is spent when it is reached, not before; none set, none spent", () => {
  const account = settle(EMPTY_ACCOUNT, usage);
  assert.equal(spentLimit(account, {}), undefined);
  assert.equal(spentLimit(account, { tokens: 121, usd: 0.26 }), undefined);
  assert.match(spentLimit(account, { tokens: 120 }) ?? "", /120 tokens is spent/);
  assert.match(spentLimit(account, { usd: 0.25 }) ?? "", /\$0\.25 is spent/);
});
