import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describeError, UsageError } from "../../base/errors.ts";
import type { AnswerKind, AnswerOptions } from "../../answers/answer-kind.ts";
import type { JsonSchema } from "../../events/model-call.ts";
import type { Terminal } from "../terminal.ts";

/** The flags of `m1p solve` about what the answer is to be, and where it goes. */
export interface AnswerFlags {
  /** `text`, `number`, `list`, `file`, or `file:PATH`. */
  readonly answer?: string;
  /** The path of a JSON schema. */
  readonly schema?: string;
  readonly out?: string;
}

/** A schema is read by models, again and again. */
const LARGEST_SCHEMA = 256 * 1024;

/**
 * What the answer is to be. Throws `UsageError` (`answer-kind`, `answer-form`, `schema-unreadable`, `schema-unusable`,
 * `out`): nothing has been spent then.
 */
export function answerOptions({ answer, schema, out }: AnswerFlags, terminal: Terminal): AnswerOptions {
  if (out !== undefined) assertWritable(outPath(out, terminal));
  return {
    ...(answer === undefined ? {} : { answer: answerKind(answer) }),
    ...(schema === undefined ? {} : { schema: readSchema(path.resolve(terminal.directory, schema)) }),
  };
}

/** Where `--out` means to write. */
export function outPath(out: string, { directory }: Terminal): string {
  return path.resolve(directory, out);
}

/** Throws `UsageError` (`out`) where nothing could be written there in the end. */
function assertWritable(file: string): void {
  const folder = path.dirname(file);
  if (!existsSync(folder)) throw new UsageError("out", `There is no folder ${folder} to write the answer into.`);
  if (existsSync(file) && statSync(file).isDirectory())
    throw new UsageError("out", `${file} is a folder.`, { hint: "Name the file that the answer is to be written to." });
}

function answerKind(text: string): AnswerKind {
  if (text === "text" || text === "number" || text === "list" || text === "file") return text;
  const file = /^file:(.+)$/.exec(text)?.[1];
  if (file !== undefined && !path.isAbsolute(file) && !file.split(/[\\/]/).includes("..")) return { file };
  throw new UsageError("answer-kind", `An answer cannot be "${text}".`, {
    hint: "Take text, number, list, file, or file:PATH with a path within the team's folder.",
  });
}

function readSchema(file: string): JsonSchema {
  const text = readText(file);
  const schema = parseJson(text, file);
  if (typeof schema === "object" && schema !== null && !Array.isArray(schema)) return schema as JsonSchema;
  const problem = schema === false ? "is false, which nothing can meet" : "holds no JSON schema";
  throw new UsageError("schema-unusable", `${file} ${problem}.`, { hint: "A schema is a JSON object." });
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size <= LARGEST_SCHEMA) return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError("schema-unreadable", `The schema ${file} cannot be read: ${describeError(error)}.`, {
      cause: error,
    });
  }
  throw new UsageError("schema-unreadable", `The schema ${file} is larger than ${LARGEST_SCHEMA / 1024} KiB.`);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError("schema-unusable", `${file} holds no JSON: ${describeError(error)}.`, { cause: error });
  }
}
