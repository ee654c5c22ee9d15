import { UsageError } from "../../base/errors.ts";

const UNITS = ["", "K", "M", "G", "T"] as const;

/** "20G", "1.5 GiB", "500MB" in bytes, in steps of 1,024; a bare number is bytes. Throws `UsageError` (`size`). */
export function parseBytes(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?$/i.exec(text.trim()) ?? [];
  const bytes = Number(amount) * 1024 ** UNITS.findIndex((each) => each === unit.toUpperCase());
  if (Number.isFinite(bytes)) return Math.round(bytes);
  throw new UsageError("size", `"${text}" is no size.`, { hint: "Write it like 500M, 20G or 1.5T." });
}

/** As short as people say it: "812K", "1.2G". */
export function sizeText(bytes: number): string {
  const step = Math.max(
    0,
    UNITS.findLastIndex((_, index) => bytes >= 1024 ** index),
  );
  const amount = bytes / 1024 ** step;
  return `${amount < 9.95 && step > 0 ? amount.toFixed(1) : amount.toFixed(0)}${UNITS[step] ?? ""}`;
}
