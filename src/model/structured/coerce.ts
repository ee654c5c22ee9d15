import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/**
 * A copy of `value` in which what `issues` object to is put right where that loses nothing: booleans
 * and numbers that came as strings ("false" is false), a lone value where text is wanted.
 */
export function coerced(value: object, issues: readonly Issue[]): object {
  const copy = structuredClone(value);
  for (const issue of issues) {
    if (issue.code === "invalid_type") replaceAt(copy, issue.path, issue.expected);
  }
  return copy;
}

/** A schema may wrap what came bare, so the value at fault can lie above the path's end. */
function replaceAt(root: object, path: readonly PropertyKey[], expected: string): void {
  let parent: unknown = root;
  for (const key of path) {
    const value = propertyOf(parent, key);
    const better = convert(value, expected);
    if (better !== undefined && typeof parent === "object" && parent !== null) Reflect.set(parent, key, better);
    parent = value;
  }
}

/** The value at a path of own properties; undefined where there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(propertyOf, root);
}

function propertyOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function convert(value: unknown, expected: string): boolean | number | string | undefined {
  if (expected === "boolean" && typeof value === "string") return booleanOf(value.trim().toLowerCase());
  if (expected === "number" && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)))
    return Number(value);
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  return undefined;
}

function booleanOf(word: string): boolean | undefined {
  if (word === "true" || word === "yes") return true;
  return word === "false" || word === "no" ? false : undefined;
}
