import type { GbnfJsonSchema, Llama, LlamaGrammar } from "node-llama-cpp";
import type { JsonSchema, ReplyFormat } from "../../events/model-call.ts";
import { AttemptFailed } from "../attempt-failed.ts";

/** About 60 tokens; small models otherwise fill a string until their tokens run out. */
const LONGEST_STRING = 240;
const MOST_ITEMS = 16;
const FORMATS: readonly unknown[] = ["date-time", "time", "date"];
/** What changes nothing about which values are allowed, or is bounded by what the grammar can say. */
const PASSED_OVER = new Set(["title", "description", "default", "examples", "required", "$schema", "$id", "format"]);
/** Limits that a grammar can't say: the reader of the reply checks them. */
const UNSAID = new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern"]);
const SAID = new Set([
  ...["type", "properties", "additionalProperties", "items", "enum", "const", "anyOf", "oneOf", "$ref", "$defs"],
  ...["minLength", "maxLength", "minItems", "maxItems", "prefixItems", "propertyNames"],
]);

/** The blank lines that the engine's grammars end with, for a model to write until its tokens run out. */
const BLANK_END = / "(?:\\n)+" \[\\n\]\*$/m;

/** Makes grammars that a reply is held to. Owns: those made, by schema; they go with the engine. */
export class LocalGrammars {
  readonly #llama: Llama;
  readonly #made = new Map<string, Promise<LlamaGrammar>>();

  constructor(llama: Llama) {
    this.#llama = llama;
  }

  /**
   * The grammar of a format, none for text. Throws `AttemptFailed` (`model-refused`) for a schema that
   * no grammar can express.
   */
  async of(format: ReplyFormat): Promise<LlamaGrammar | undefined> {
    if (format.kind === "text") return undefined;
    const key = format.kind === "json" ? "json" : JSON.stringify(format.schema);
    const made = this.#made.get(key) ?? this.#make(format);
    this.#made.set(key, made);
    return await made;
  }

  async #make(format: Exclude<ReplyFormat, { kind: "text" }>): Promise<LlamaGrammar> {
    if (format.kind === "json") return await this.#llama.getGrammarFor("json");
    // The engine's types infer the type of the parsed value, which is of no use for a schema known only now.
    const bounded = boundedSchema(format.schema) as { readonly type: "null" };
    try {
      const { grammar } = await this.#llama.createGrammarForJsonSchema(bounded);
      return await this.#llama.createGrammar({ grammar: grammar.replace(BLANK_END, "") });
    } catch (error) {
      throw refused("the engine makes no grammar of it", error);
    }
  }
}

/**
 * A JSON schema as the engine's grammars take it, with a limit on every string and list, so that a
 * reply held to it ends. Optional properties become required; an object of unknown properties, empty.
 * Throws `AttemptFailed` (`model-refused`) for what can't be expressed.
 */
export function boundedSchema(schema: JsonSchema): GbnfJsonSchema {
  for (const word of Object.keys(schema))
    if (!SAID.has(word) && !PASSED_OVER.has(word) && !UNSAID.has(word)) throw refused(`"${word}" can't be enforced`);
  const { $defs } = schema;
  return { ...bodyOf(schema), ...(isSchema($defs) ? { $defs: boundedEach($defs) } : {}) };
}

function bodyOf(schema: JsonSchema): GbnfJsonSchema {
  const { type, $ref, enum: values, const: value } = schema;
  const choices = schema["oneOf"] ?? schema["anyOf"];
  if (typeof $ref === "string" && $ref.startsWith("#/$defs/")) return { $ref: $ref as `#/$defs/${string}` };
  if (Array.isArray(choices)) return { oneOf: choices.map((each) => boundedSchema(asSchema(each))) };
  if (Array.isArray(values) && values.every(isLiteral)) return { enum: values };
  if (isLiteral(value)) return { const: value };
  if (Array.isArray(type)) return { oneOf: type.map((each: unknown) => boundedSchema({ ...schema, type: each })) };
  switch (type) {
    case "object":
      return objectOf(schema);
    case "array":
      return arrayOf(schema);
    case "string":
      return stringOf(schema);
    case "number":
    case "integer":
    case "boolean":
    case "null":
      return { type };
    default:
      throw refused("a part of it has no type");
  }
}

function objectOf({ properties, additionalProperties: others }: JsonSchema): GbnfJsonSchema {
  if (isSchema(properties) && Object.keys(properties).length > 0)
    return { type: "object", properties: boundedEach(properties) };
  if (!isSchema(others) || Object.keys(others).length === 0) return { type: "object", properties: {} };
  return { type: "object", additionalProperties: boundedSchema(others), maxProperties: MOST_ITEMS };
}

function arrayOf({ items, prefixItems, minItems, maxItems }: JsonSchema): GbnfJsonSchema {
  const least = numberOr(minItems, 0);
  const beginning = Array.isArray(prefixItems) ? prefixItems.map((each) => boundedSchema(asSchema(each))) : [];
  return {
    type: "array",
    ...(beginning.length > 0 ? { prefixItems: beginning } : {}),
    ...(isSchema(items) ? { items: boundedSchema(items) } : {}),
    minItems: least,
    maxItems: isSchema(items) ? Math.max(least, numberOr(maxItems, MOST_ITEMS)) : Math.max(least, beginning.length),
  };
}

function stringOf({ format, minLength, maxLength }: JsonSchema): GbnfJsonSchema {
  if (FORMATS.includes(format)) return { type: "string", format: format as "date" };
  const least = numberOr(minLength, 0);
  return { type: "string", minLength: least, maxLength: Math.max(least, numberOr(maxLength, LONGEST_STRING)) };
}

function boundedEach(schemas: JsonSchema): Record<string, GbnfJsonSchema> {
  return Object.fromEntries(Object.entries(schemas).map(([name, each]) => [name, boundedSchema(asSchema(each))]));
}

function asSchema(value: unknown): JsonSchema {
  if (isSchema(value)) return value;
  throw refused("a part of it isn't a schema");
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLiteral(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value < 2 ** 31 ? value : otherwise;
}

function refused(why: string, cause?: unknown): AttemptFailed {
  return new AttemptFailed("model-refused", `The local model can't be held to this JSON schema: ${why}.`, {
    hint: "Ask for JSON by the prompt's wording, or use a simpler schema.",
    retryable: false,
    detail: `schema: ${why}`,
    cause,
  });
}
