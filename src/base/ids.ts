import { createHash } from "node:crypto";
import { stringify, v4, v7 } from "uuid";

/** A run's id: UUIDv7, so that ids sort by the time of their making. */
export function newRunId(now: number): string {
  return v7({ msecs: now });
}

/** A file name that nobody else uses, for a file that gets its real name when it is complete. */
export function newTemporaryName(): string {
  return `.${v4()}.tmp`;
}

/** Whether a file has a name that `newTemporaryName` gave. */
export function isTemporaryName(name: string): boolean {
  return /^\.[0-9a-f-]{36}\.tmp$/.test(name);
}

/** The UUID of these names together, always the same: SHA-256 in a UUIDv8 (RFC 9562, B.2). */
export function uuidOf(...names: readonly string[]): string {
  const bytes = createHash("sha256").update(JSON.stringify(names)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return stringify(bytes);
}

/** Crockford's base 32: no letters that are taken for digits, and no words. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** A short name for people to type, made of these names together, always the same: 50 bits of their SHA-256. */
export function shortIdOf(...names: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(names)).digest();
  const letters = Array.from(digest.subarray(0, 10), (byte) => LETTERS[byte % LETTERS.length]).join("");
  return `${letters.slice(0, 5)}-${letters.slice(5)}`;
}
