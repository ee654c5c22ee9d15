import { jsonrepair } from "jsonrepair";
import type { z } from "zod";
import { coerced, valueAt } from "./coerce.ts";
import { jsonCandidates } from "./json-candidates.ts";

/** The value a reply holds, or what is wrong with the reply, in words that its model can act on. */
export type ParsedReply<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: string };

/** A reply longer than this isn't searched. */
const LONGEST_REPLY = 1_000_000;
/** Mending takes more time than reading; no reply worth mending is longer. */
const LONGEST_MENDED = 100_000;
/** What is nested deeper is an accident, and dangerous to code that recurses. */
const DEEPEST = 100;
const MOST_ISSUES_TOLD = 6;
/** Under these names small models put the value into an envelope. */
const ENVELOPES = ["arguments", "parameters", "input", "properties"];

/**
 * Reads the one object of the schema's shape out of a model's reply: bare, fenced, within prose,
 * slightly damaged, in an envelope, with booleans as strings, or said twice alike. Never throws.
 */
export function parseStructured<Schema extends z.ZodObject>(
  reply: string,
  schema: Schema,
): ParsedReply<z.output<Schema>> {
  if (reply.trim() === "") return problem("it was empty");
  if (reply.length > LONGEST_REPLY) return problem("it was far too long");
  const { texts, unfinished } = jsonCandidates(reply);
  const objects = texts.flatMap(objectsOf);
  const fitting = new Map<string, z.output<Schema>>();
  const misfits: Misfit[] = [];
  for (const object of objects) {
    const read = fit(object, schema);
    if ("value" in read) fitting.set(JSON.stringify(read.value), read.value);
    else misfits.push(read);
  }
  const [value, other] = fitting.values();
  if (other !== undefined) return problem(`it holds ${fitting.size} JSON objects that differ; only one is wanted`);
  if (value !== undefined) return { ok: true, value };
  if (unfinished) return problem("its JSON breaks off before the end; answer again, and more briefly");
  const [closest] = misfits.toSorted((one, another) => one.issues.length - another.issues.length);
  if (closest) return problem(describe(closest));
  if (texts.length > 0) return problem("its JSON is damaged beyond reading");
  return problem(reply.trim() === "null" ? "it was null where a JSON object is wanted" : "it holds no JSON object");
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}

function objectsOf(text: string): object[] {
  if (isTooDeep(text)) return [];
  const value = read(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? [value] : [];
}

/** Counts brackets in strings too: a false alarm there costs a repair, no more. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === "{" || bracket === "[" ? 1 : -1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.length > LONGEST_MENDED ? undefined : mended(text);
  }
}

function mended(text: string): unknown {
  try {
    return JSON.parse(jsonrepair(text));
  } catch {
    // Beyond mending; too deep a nesting ends here as well.
    return undefined;
  }
}

interface Misfit {
  readonly object: object;
  readonly issues: readonly z.core.$ZodIssue[];
}

function fit<Schema extends z.ZodObject>(object: object, schema: Schema): { value: z.output<Schema> } | Misfit {
  const bare = fitExactly(object, schema);
  if ("value" in bare) return bare;
  for (const inner of enveloped(object)) {
    const unwrapped = fitExactly(inner, schema);
    if ("value" in unwrapped) return unwrapped;
  }
  return bare;
}

function fitExactly<Schema extends z.ZodObject>(object: object, schema: Schema): { value: z.output<Schema> } | Misfit {
  const first = schema.safeParse(object);
  if (first.success) return { value: first.data };
  const second = schema.safeParse(coerced(object, first.error.issues));
  return second.success ? { value: second.data } : { object, issues: second.error.issues };
}

/** What an object may be the envelope of: its only property, or one of a telling name. */
function enveloped(object: object): object[] {
  const entries: [string, unknown][] = Object.entries(object);
  const inner = entries.filter(([name]) => entries.length === 1 || ENVELOPES.includes(name)).map(([, value]) => value);
  return inner.flatMap((value: unknown) => {
    if (typeof value === "string") return objectsOf(value);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? [value] : [];
  });
}

function describe({ object, issues }: Misfit): string {
  const told = issues.slice(0, MOST_ISSUES_TOLD).map((issue) => {
    const name = issue.path.map(String).join(".");
    const value = valueAt(object, issue.path);
    if (value === undefined) return `"${name}" is missing`;
    if (issue.code === "invalid_type") return `"${name}" must be ${issue.expected}, not ${nameOf(value)}`;
    return `"${name}" is wrong: ${issue.message}`;
  });
  const more = issues.length - told.length;
  return `in its JSON, ${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value;
}
