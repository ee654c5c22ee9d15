import type { MeterName } from "./meter-name.ts";

/** The headers of a response, their names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>;

/** What a response says of one limit. */
export interface AnnouncedLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until all of the limit is there again; undefined where it is not said. */
  readonly resetMs: number | undefined;
}

export type AnnouncedLimits = Partial<Readonly<Record<MeterName, AnnouncedLimit>>>;

/** The names of one limit's three headers. */
type Names = readonly [limit: string, remaining: string, reset: string];

/** OpenAI's names (also Groq's, Azure's and others'), Anthropic's, and those without a unit, which count requests. */
const NAMES: Readonly<Record<MeterName, readonly Names[]>> = {
  requests: [
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
    [
      "anthropic-ratelimit-requests-limit",
      "anthropic-ratelimit-requests-remaining",
      "anthropic-ratelimit-requests-reset",
    ],
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"],
  ],
  tokens: [
    ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
    ["anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
  ],
  inputTokens: [
    [
      "anthropic-ratelimit-input-tokens-limit",
      "anthropic-ratelimit-input-tokens-remaining",
      "anthropic-ratelimit-input-tokens-reset",
    ],
  ],
  outputTokens: [
    [
      "anthropic-ratelimit-output-tokens-limit",
      "anthropic-ratelimit-output-tokens-remaining",
      "anthropic-ratelimit-output-tokens-reset",
    ],
  ],
};
const METERS = Object.entries(NAMES) as [MeterName, readonly Names[]][];

/** The limits that a response announces; undefined where it announces none. `now` is Unix time in milliseconds. */
export function announcedLimits(headers: ResponseHeaders, now: number): AnnouncedLimits | undefined {
  const limits: Partial<Record<MeterName, AnnouncedLimit>> = {};
  for (const [meter, choices] of METERS) {
    const [first] = choices.flatMap((names) => announced(headers, names, now) ?? []);
    if (first) limits[meter] = first;
  }
  return Object.keys(limits).length > 0 ? limits : undefined;
}

function announced(
  headers: ResponseHeaders,
  [limit, remaining, reset]: Names,
  now: number,
): AnnouncedLimit | undefined {
  const [most, left] = [countOf(headers[limit]), countOf(headers[remaining])];
  if (most === undefined || left === undefined || most <= 0) return undefined;
  return { limit: most, remaining: Math.min(left, most), resetMs: untilReset(headers[reset], now) };
}

/** A count; of a list with parameters (`100, 100;w=60`) the first. */
function countOf(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === "") return undefined;
  const count = Number(value.split(/[,;]/, 1)[0]);
  return Number.isFinite(count) && count >= 0 ? count : undefined;
}

/** Larger numbers are no seconds from now but a time: Unix seconds, and beyond it Unix milliseconds. */
const UNIX_SECONDS = 1e9;
const UNIX_MILLISECONDS = 1e12;
const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** In milliseconds from `now`: seconds, a duration (`6m0s`, `12ms`), Unix time or a date. */
function untilReset(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (text === "") return undefined;
  const number = Number(text);
  if (Number.isFinite(number)) {
    if (number >= UNIX_MILLISECONDS) return Math.max(0, number - now);
    if (number >= UNIX_SECONDS) return Math.max(0, number * 1000 - now);
    return Math.max(0, number * 1000);
  }
  if (/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(text)) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g);
    return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ""] ?? 0), 0);
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
