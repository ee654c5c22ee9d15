import type { Account } from "../../governance/account.ts";

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
