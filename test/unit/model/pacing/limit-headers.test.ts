import assert from "node:assert/strict";
import { test } from "node:test";
import { announcedLimits } from "../../../../src/model/pacing/limit-headers.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const resetOf = (reset: string) =>
  announcedLimits({ "x-ratelimit-limit": "9", "x-ratelimit-remaining": "3", "x-ratelimit-reset": reset }, NOW)?.requests
    ?.resetMs;

test("OpenAI's headers are read: requests and tokens, with its durations", () => {
  const headers = {
    "x-ratelimit-limit-requests": "5000",
    "x-ratelimit-remaining-requests": "4999",
    "x-ratelimit-reset-requests": "12ms",
    "x-ratelimit-limit-tokens": "160000",
    "x-ratelimit-remaining-tokens": "149976",
    "x-ratelimit-reset-tokens": "6m0s",
  };
  assert.deepEqual(announcedLimits(headers, NOW), {
    requests: { limit: 5000, remaining: 4999, resetMs: 12 },
    tokens: { limit: 160_000, remaining: 149_976, resetMs: 360_000 },
  });
});

test("Anthropic's headers are read: input and output tokens apart, with its dates", () => {
  const headers = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "2026-11-25T12:00:02Z",
    "anthropic-ratelimit-input-tokens-limit": "80000",
    "anthropic-ratelimit-input-tokens-remaining": "0",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-25T11:59:59Z",
  };
  assert.deepEqual(announcedLimits(headers, NOW), {
    requests: { limit: 50, remaining: 49, resetMs: 2000 },
    inputTokens: { limit: 80_000, remaining: 0, resetMs: 0 },
  });
});

test("a reset is a duration, seconds, a time in seconds or milliseconds, or a date", () => {
  assert.equal(resetOf("1h2m3.5s"), 3_723_500);
  assert.equal(resetOf("1.5"), 1500);
  assert.equal(resetOf(String(NOW / 1000 + 30)), 30_000);
  assert.equal(resetOf(String(NOW + 30)), 30);
  assert.equal(resetOf("Wed, 25 Nov 2026 12:00:07 GMT"), 7000);
  assert.equal(resetOf("soon"), undefined);
});

test("what is no limit is none", () => {
  for (const headers of [
    {},
    { "x-ratelimit-limit-requests": "10" },
    { "x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0" },
    { "x-ratelimit-limit-requests": "many", "x-ratelimit-remaining-requests": "few" },
    { "x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-requests": "-1" },
  ])
    assert.equal(announcedLimits(headers, NOW), undefined, JSON.stringify(headers));
});
