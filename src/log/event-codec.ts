import { hash } from "node:crypto";
import { z } from "zod";
import { M1Error, describeError } from "../base/errors.ts";
import { runEventSchema, type RunEvent } from "../events/run-event.ts";
import type { Upcaster } from "../events/upcast/upcaster.ts";
import { BLOB_PREFIX, type TextReader } from "./text-reader.ts";

/** Longer strings (in UTF-16 units) are stored beside the event, once a run. */
const LONGEST_INLINE = 256;
/** Still longer ones become blobs, so that no commit has to carry them. */
const LONGEST_TEXT = 256 * 1024;

const REFERENCE = "$text";
const ESCAPED = /^\$+text$/;
/** Every reference and every escaped key contains this piece of JSON. */
const TRACE = '$text"';

/** A string with its name: the SHA-256 of its UTF-8 bytes, in lower-case hex. */
export interface NamedText {
  readonly hash: string;
  readonly content: string;
}

/** An event ready to be stored. Whoever stores it stores `texts` with it and `blobs` before it. */
export interface EncodedEvent {
  readonly event: RunEvent;
  readonly body: string;
  readonly texts: readonly NamedText[];
  readonly blobs: readonly NamedText[];
}

/**
 * An event as JSON in which a long string is replaced by `{"$text": hash}` (`blob:` before the hash of a
 * very long one). A key of the user's own that looks like `$text` gets one more `$`, so the two are
 * never confused. Throws `event-unwritable` for what JSON cannot hold.
 */
export function encodeEvent(event: RunEvent): EncodedEvent {
  const texts: NamedText[] = [];
  const blobs: NamedText[] = [];
  const replace = (value: unknown): unknown => {
    // JSON would make null of it, and the event could not be read again.
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new M1Error("event-unwritable", `${value} is no number of JSON`);
    }
    // A lone surrogate has no UTF-8; JSON escapes it, so such a string stays where it is.
    if (typeof value !== "string" || value.length <= LONGEST_INLINE || !value.isWellFormed()) return value;
    const named = { hash: hash("sha256", value), content: value };
    if (value.length > LONGEST_TEXT) {
      blobs.push(named);
      return { [REFERENCE]: BLOB_PREFIX + named.hash };
    }
    texts.push(named);
    return { [REFERENCE]: named.hash };
  };
  try {
    return { event, body: JSON.stringify(rewrite(event, replace, escapeKey)), texts, blobs };
  } catch (cause) {
    throw new M1Error("event-unwritable", `A "${event.type}" event cannot be written: ${describeError(cause)}`, {
      cause,
      hint: "Event data must be plain JSON: no cycles, no big integers, no NaN or infinity, no thousandfold nesting.",
    });
  }
}

/**
 * The event of a stored body, in today's vocabulary; `upcaster` has seen the events before it. Throws
 * `log-newer`, and an `Error` of any other kind for a damaged one; the caller says which event it was.
 */
export function decodeEvent(body: string, texts: TextReader, upcaster: Upcaster): RunEvent {
  const stored: unknown = JSON.parse(body);
  const whole = body.includes(TRACE) ? restore(stored, texts) : stored;
  const value = upcaster.upcast(whole);
  const problem = runEventSchema.safeParse(value).error;
  if (problem) throw new M1Error("event-damaged", z.prettifyError(problem));
  // The parsed text itself, not zod's copy: that one drops keys it does not know, `__proto__` among them.
  return value as RunEvent;
}

/** The same JSON data with its long strings and its keys as they were; changed in place, since nobody else has it. */
function restore(value: unknown, texts: TextReader): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = restore(item, texts);
    return value;
  }
  const parts = value as Record<string, unknown>;
  if (Object.hasOwn(parts, REFERENCE)) return texts.read(String(parts[REFERENCE]));
  let isEscaped = false;
  for (const key of Object.keys(parts)) {
    isEscaped ||= ESCAPED.test(key);
    const part = parts[key];
    const whole = restore(part, texts);
    // An assignment to `__proto__` would be none.
    if (whole !== part) Object.defineProperty(parts, key, { value: whole });
  }
  if (!isEscaped) return parts;
  return Object.fromEntries(Object.entries(parts).map(([key, part]) => [unescapeKey(key), part]));
}

function escapeKey(key: string): string {
  return ESCAPED.test(key) ? `$${key}` : key;
}

function unescapeKey(key: string): string {
  return ESCAPED.test(key) ? key.slice(1) : key;
}

/** A copy of JSON data with values and keys replaced; whatever needs no change is not copied. */
function rewrite(value: unknown, replace: (value: unknown) => unknown, rename: (key: string) => string): unknown {
  const replaced = replace(value);
  if (replaced !== value || typeof value !== "object" || value === null) return replaced;
  if (Array.isArray(value)) {
    const items = value.map((item) => rewrite(item, replace, rename));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  let changed = false;
  const entries: [string, unknown][] = [];
  for (const [key, before] of Object.entries(value)) {
    const entry: [string, unknown] = [rename(key), rewrite(before, replace, rename)];
    changed ||= entry[0] !== key || entry[1] !== before;
    entries.push(entry);
  }
  return changed ? Object.fromEntries(entries) : value;
}
