import { z } from "zod";
import { describeError, UsageError } from "../base/errors.ts";
import type { JsonSchema } from "../events/model-call.ts";
import type { AnswerFormDescription } from "../events/task.ts";

/**
 * What an answer is to be: a text (the default), one number, a list, or a file that a team makes, at a certain path or
 * at any.
 */
export type AnswerKind = "text" | "number" | "list" | "file" | { readonly file: string };

/** A schema that answers must meet: a JSON schema (draft 2020-12, 2019-09, 7), or one of zod's. */
export type AnswerSchema<Value = unknown> = Readonly<Record<string, unknown>> | z.ZodType<Value>;

/** What the answer of a race is to be: a kind, or a schema that it meets. */
export interface AnswerOptions<Value = unknown> {
  /** Default: a text. */
  readonly answer?: AnswerKind;
  /** The answer is JSON that meets it; with one of zod's the result's `value` has its type. */
  readonly schema?: AnswerSchema<Value>;
}

/**
 * The form that the options mean, for `run-started`; undefined for a text. Throws `UsageError` (`answer-form`,
 * `schema-unusable`).
 */
export function describeAnswer({ answer = "text", schema }: AnswerOptions): AnswerFormDescription | undefined {
  if (schema !== undefined) {
    if (answer === "text") return { kind: "schema", schema: jsonSchemaOf(schema) };
    throw new UsageError("answer-form", "A schema says already what the answer is to be.", {
      hint: "Leave out the schema, or the answer's kind.",
    });
  }
  if (typeof answer === "object") return { kind: "file", path: answer.file };
  return answer === "text" ? undefined : { kind: answer };
}

function jsonSchemaOf(schema: AnswerSchema): JsonSchema {
  if (!isZod(schema)) return { ...schema };
  try {
    // What goes in is what a team says; what comes out, the program has.
    const { $schema: _, ...made } = z.toJSONSchema(schema, { io: "input" });
    return made;
  } catch (error) {
    throw new UsageError("schema-unusable", `The zod schema cannot be told to a model: ${describeError(error)}.`, {
      hint: "Take types that JSON has; transforms may stand behind them.",
      cause: error,
    });
  }
}

export function isZod(schema: AnswerSchema | undefined): schema is z.ZodType {
  return typeof schema === "object" && "_zod" in schema;
}
