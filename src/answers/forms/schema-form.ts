import { jsonrepair } from "jsonrepair";
import { canonicalJson } from "../../steps/canonical-json.ts";
import type { JsonSchema } from "../../events/model-call.ts";
import { jsonCandidates } from "../../model/structured/json-candidates.ts";
import type { AnswerForm, ReadAnswer } from "../../team/answer-form.ts";
import type { SchemaCheck } from "./json-schema-check.ts";
import { namedAnswer } from "./named-answer.ts";

/** Mending takes more time than reading; nothing worth mending is longer. */
const LONGEST_MENDED = 100_000;

/**
 * A JSON value that meets a schema. Its text is the value as JSON, keys in canonical order, so that equal values are
 * equal texts.
 */
export function schemaForm(schema: JsonSchema, check: SchemaCheck): AnswerForm {
  const shown = JSON.stringify(schema);
  return {
    kind: "schema",
    demand: `The answer is to be one JSON value that meets this JSON schema:\n${shown}`,
    rules: `- The answer is one JSON value and nothing else, on one line: no fence, no comment.
- It must meet this JSON schema:\n${shown}
- Fill it from what was found above; invent nothing.`,
    schema: enveloped(schema),
    read: (said) => read(said, check),
  };
}

/** Providers that hold a model to a schema want an object; references within the schema are set right. */
function enveloped(schema: JsonSchema): JsonSchema {
  const { $schema: _, ...own } = schema;
  const answer = moved(own) as JsonSchema;
  return { type: "object", properties: { answer }, required: ["answer"], additionalProperties: false };
}

function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) =>
      key === "$ref" && typeof inner === "string" && inner.startsWith("#")
        ? [key, `#/properties/answer${inner.slice(1)}`]
        : [key, moved(inner)],
    ),
  );
}

function read(said: string, check: SchemaCheck): ReadAnswer {
  let problem: string | undefined;
  for (const value of candidates(said)) {
    const wrong = check(value);
    if (wrong === undefined) return { ok: true, value, text: canonicalJson(value) };
    problem ??= wrong;
  }
  return { ok: false, problem: problem ?? "it holds no JSON value that can be read" };
}

/** What the words may mean, the likeliest first: an envelope's content before the envelope. */
function* candidates(said: string): Generator<unknown, void, void> {
  const named = namedAnswer(said);
  const texts = [named, ...jsonCandidates(named).texts, ...jsonCandidates(said).texts, ...listsIn(named)];
  for (const text of new Set(texts)) {
    const value = parsed(text);
    if (value === undefined) continue;
    if (isEnvelope(value)) yield value.answer;
    yield value;
  }
  // A text without quotes is one where a text is wanted.
  if (parsed(named) === undefined && named !== "") yield named;
}

function isEnvelope(value: unknown): value is { readonly answer: unknown } {
  return typeof value === "object" && value !== null && "answer" in value && Object.keys(value).length === 1;
}

function listsIn(text: string): string[] {
  const [start, end] = [text.indexOf("["), text.lastIndexOf("]")];
  return start >= 0 && end > start ? [text.slice(start, end + 1)] : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return /^\s*[[{]/.test(text) && text.length <= LONGEST_MENDED ? mended(text) : undefined;
  }
}

function mended(text: string): unknown {
  try {
    return JSON.parse(jsonrepair(text));
  } catch {
    return undefined;
  }
}
