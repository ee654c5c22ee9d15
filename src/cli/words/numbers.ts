import type { Account } from "../../governance/account.ts";

/** A time as a clock shows it: `0:07`, `12:30`, `3:04:05`. */
export function clockText(milliseconds: number): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1000);
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A large number in few characters: `840`, `12.4k`, `3.1M`. */
export function shortNumber(number: number): string {
  if (number < 1_000) return String(Math.round(number));
  if (number < 99_950) return `${(number / 1_000).toFixed(1).replace(/\.0$/, "")}k`;
  if (number < 999_500) return `${Math.round(number / 1_000)}k`;
  return `${(number / 1_000_000).toFixed(1).replace(/\.0$/, "")}M`;
}

/** Dollars in few characters, never nothing for something: `$0`, `$0.0042`, `$1.37`. */
export function usdText(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.0001) return "<$0.0001";
  return `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}

/** What an account has spent in tokens, with a sign that some of them were estimated; empty where nobody counts. */
export function tokensText(account: Account): string {
  if (account.uncounted && account.calls === 0) return "";
  return `${account.estimated ? "~" : ""}${shortNumber(account.tokens)}`;
}

/** What it cost, as far as prices are known: `$0.02+` where some are not; empty where none is. */
export function costText(account: Account): string {
  const partly = account.unpriced > 0 || account.uncounted;
  if (partly && account.costUsd === 0) return "";
  return `${usdText(account.costUsd)}${partly ? "+" : ""}`;
}

export function counted(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}
