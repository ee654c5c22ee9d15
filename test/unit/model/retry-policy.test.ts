import assert from "node:assert/strict";
import { test } from "node:test";
import { AttemptFailed } from "../../../src/model/attempt-failed.ts";
import type { AttemptFailureCode } from "../../../src/model/attempt-failed.ts";
import { DEFAULT_RETRY_POLICY, mayRetry, retryAfterMs, waitBefore } from "../../../src/model/retry-policy.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

function failures(...codes: readonly AttemptFailureCode[]): AttemptFailed[] {
  return codes.map((code) => new AttemptFailed(code, code, { retryable: true }));
}

test("Retry-After is a number of seconds or a date", () => {
  assert.equal(retryAfterMs("7", NOW), 7000);
  assert.equal(retryAfterMs("0.5", NOW), 500);
  assert.equal(retryAfterMs("Sun, 22 Nov 2026 12:00:30 GMT", NOW), 30_000);
  assert.equal(retryAfterMs("Sun, 22 Nov 2026 11:00:00 GMT", NOW), 0, "a date that is past asks for no wait");
  assert.equal(retryAfterMs("-3", NOW), 0);
  for (const nothing of [undefined, "", "soon"]) assert.equal(retryAfterMs(nothing, NOW), undefined);
});

test("waits double up to the longest, half of each left to chance", () => {
  const wait = (count: number, chance: number) =>
    waitBefore(DEFAULT_RETRY_POLICY, failures(...Array<"model-http">(count).fill("model-http")), NOW, chance);
  assert.deepEqual(
    [1, 2, 3].map((count) => wait(count, 0)),
    [250, 500, 1000],
  );
  assert.equal(wait(1, 0.999) < 500, true);
  assert.equal(wait(30, 0), DEFAULT_RETRY_POLICY.longestWaitMs / 2);
});

test("each cause is tried as often as it makes sense, and never more than the whole", () => {
  assert.equal(mayRetry(DEFAULT_RETRY_POLICY, failures("model-timeout")), true);
  assert.equal(mayRetry(DEFAULT_RETRY_POLICY, failures("model-timeout", "model-timeout")), false);
  assert.equal(mayRetry(DEFAULT_RETRY_POLICY, failures("model-timeout", "model-http")), true);
  assert.equal(mayRetry(DEFAULT_RETRY_POLICY, failures(...Array<"model-http">(5).fill("model-http"))), false);
  assert.equal(mayRetry(DEFAULT_RETRY_POLICY, [new AttemptFailed("model-http", "", { retryable: false })]), false);
  assert.equal(mayRetry(DEFAULT_RETRY_POLICY, []), false);
});
