import { M1Error } from "../base/errors.ts";

/**
 * JSON data as a text that is the same however its keys are ordered: that of RFC 8785, except that a lone surrogate,
 * which the RFC refuses and a model's text may have, is escaped. Throws `event-unwritable` for what is nested too deep.
 */
export function canonicalJson(value: unknown): string {
  try {
    return textOf(value);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new M1Error("event-unwritable", "It is nested too deep to be written.", { cause });
  }
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(textOf).join(",")}]`;
  const parts = value as Record<string, unknown>;
  let text = "";
  // By UTF-16 units, as the RFC has it.
  for (const key of Object.keys(parts).sort()) {
    if (parts[key] === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${textOf(parts[key])}`;
  }
  return `{${text}}`;
}
