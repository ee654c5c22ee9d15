type Schema = Readonly<Record<string, unknown>>;

/** Bounds of which the lower one must not be above the upper one. */
const BOUNDS = [
  ["minimum", "maximum"],
  ["minLength", "maxLength"],
  ["minItems", "maxItems"],
  ["minProperties", "maxProperties"],
] as const;

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  string: (value) => typeof value === "string",
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/**
 * Why nothing can meet a schema, in words; undefined where nothing of that kind was found, which is no promise that
 * something can. A schema that needs itself within itself needs it without end.
 */
export function contradictionIn(root: unknown): string | undefined {
  return new Search(root).contradiction(root, "the schema", []);
}

class Search {
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  contradiction(schema: unknown, where: string, above: readonly unknown[]): string | undefined {
    if (schema === false) return `${where} is false, which allows nothing`;
    if (!isSchema(schema)) return undefined;
    if (above.includes(schema)) return `${where} needs itself within itself, without end`;
    const within = [...above, schema];
    return (
      this.#ofReference(schema, where, within) ??
      ofBounds(schema, where) ??
      ofValues(schema, where) ??
      this.#ofObject(schema, where, within) ??
      this.#ofArray(schema, where, within) ??
      this.#ofParts(schema, where, within)
    );
  }

  #ofReference({ $ref }: Schema, where: string, within: readonly unknown[]): string | undefined {
    if (typeof $ref !== "string" || !$ref.startsWith("#")) return undefined;
    return this.contradiction(at(this.#root, $ref), where, within);
  }

  /** A property that must be there must be able to be there. */
  #ofObject(schema: Schema, where: string, within: readonly unknown[]): string | undefined {
    if (!allowsOnly(schema, "object")) return undefined;
    const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
    for (const name of listOf(schema["required"])) {
      if (typeof name !== "string") continue;
      const place = `${where}, property ${JSON.stringify(name)},`;
      const known = Object.hasOwn(properties, name);
      if (!known && schema["additionalProperties"] === false && !isSchema(schema["patternProperties"]))
        return `${place} is required and not allowed`;
      const problem = known ? this.contradiction(properties[name], place, within) : undefined;
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #ofArray(schema: Schema, where: string, within: readonly unknown[]): string | undefined {
    const { minItems, items } = schema;
    if (!allowsOnly(schema, "array") || typeof minItems !== "number" || minItems < 1) return undefined;
    if (Array.isArray(items) || Array.isArray(schema["prefixItems"])) return undefined;
    return this.contradiction(items, `${where}, in its items,`, within);
  }

  #ofParts(schema: Schema, where: string, within: readonly unknown[]): string | undefined {
    for (const part of listOf(schema["allOf"])) {
      const problem = this.contradiction(part, where, within);
      if (problem !== undefined) return problem;
    }
    for (const name of ["anyOf", "oneOf"]) {
      const parts = listOf(schema[name]);
      const problems = parts.map((part) => this.contradiction(part, where, within));
      if (parts.length > 0 && problems.every((problem) => problem !== undefined)) return problems[0];
    }
    return undefined;
  }
}

function ofBounds(schema: Schema, where: string): string | undefined {
  for (const [lower, upper] of BOUNDS) {
    const [least, most] = [schema[lower], schema[upper]];
    if (typeof least === "number" && typeof most === "number" && least > most)
      return `${where} has ${lower} ${least} above ${upper} ${most}`;
  }
  const { exclusiveMinimum, exclusiveMaximum } = schema;
  const least = numberOf(exclusiveMinimum) ?? numberOf(schema["minimum"]);
  const most = numberOf(exclusiveMaximum) ?? numberOf(schema["maximum"]);
  const isOpen = numberOf(exclusiveMinimum) !== undefined || numberOf(exclusiveMaximum) !== undefined;
  if (least !== undefined && most !== undefined && isOpen && least >= most)
    return `${where} allows no number between ${least} and ${most}`;
  return undefined;
}

/** `enum` and `const` name the values; `type` may allow none of them. */
function ofValues(schema: Schema, where: string): string | undefined {
  const { enum: listed, type } = schema;
  if (Array.isArray(type) && type.length === 0) return `${where} has no type at all`;
  const values = "const" in schema ? [schema["const"]] : Array.isArray(listed) ? listed : undefined;
  if (!values) return undefined;
  if (values.length === 0) return `${where} has an empty enum, which allows nothing`;
  const types = typeof type === "string" ? [type] : listOf(type);
  const fits = (value: unknown) => types.some((name) => typeof name === "string" && TYPES[name]?.(value));
  if (types.length > 0 && !values.some(fits)) return `${where} allows values that are not of its type`;
  return undefined;
}

function allowsOnly({ type }: Schema, name: string): boolean {
  return type === name || (Array.isArray(type) && type.length === 1 && type[0] === name);
}

/** What a reference within the document leads to. */
function at(root: unknown, reference: string): unknown {
  const names = reference.slice(1).split("/").filter(Boolean);
  return names.reduce((value: unknown, name) => {
    const key = decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
    return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }, root);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
