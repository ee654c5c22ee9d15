import type { z } from "zod";
import { toError, UsageError } from "../base/errors.ts";

/**
 * The values of a JSONL text, empty lines apart. `source` names it in errors. Throws `UsageError` (`bench-data`) at
 * the first line that is no JSON or not of the schema, with its number.
 */
export function jsonLines<T>(text: string, schema: z.ZodType<T>, source: string): T[] {
  return text.split("\n").flatMap((line, index) => (line.trim() === "" ? [] : [readLine(line, index + 1)]));

  function readLine(line: string, number: number): T {
    const read = schema.safeParse(parse(line, number));
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const field = issue?.path.join(".");
    throw badLine(number, `${field ? `"${field}": ` : ""}${issue?.message ?? "not of the form"}`);
  }

  function parse(line: string, number: number): unknown {
    try {
      return JSON.parse(line);
    } catch (error) {
      throw badLine(number, toError(error).message);
    }
  }

  function badLine(number: number, reason: string): UsageError {
    return new UsageError("bench-data", `Line ${number} of ${source} cannot be used: ${reason}`, {
      hint: "It must have one JSON object a line.",
    });
  }
}
