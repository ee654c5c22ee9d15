import { UsageError } from "../../base/errors.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "10m", "1.5h", "30d" in milliseconds; a bare number is seconds. Throws `UsageError` (`duration`). */
export function parseDuration(text: string): number {
  const [, amount, unit = "s"] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text.trim()) ?? [];
  const milliseconds = Number(amount) * (UNITS[unit] ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds > 0) return milliseconds;
  throw new UsageError("duration", `"${text}" is no duration.`, { hint: "Write it like 90s, 10m, 1.5h or 30d." });
}
