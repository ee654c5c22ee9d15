import type { ErrorObject, ValidateFunction } from "ajv";
import { describeError, UsageError } from "../../base/errors.ts";
import type { JsonSchema } from "../../events/model-call.ts";
import { contradictionIn } from "./contradiction.ts";

/** What is wrong with a value, in words that its giver can act on; undefined where it meets the schema. */
export type SchemaCheck = (value: unknown) => string | undefined;

const MOST_PROBLEMS = 6;
const HINT = "It must be a JSON Schema of draft 2020-12, 2019-09 or 7 that some value can meet.";

/**
 * A check against a JSON schema: draft 2020-12 unless it says another in `$schema`, or is only one of draft 7. Throws
 * `UsageError` (`schema-unusable`) for what is no schema, refers to others, or can be met by nothing.
 */
export async function jsonSchemaCheck(schema: JsonSchema): Promise<SchemaCheck> {
  const validate = await compiled(schema);
  const contradiction = contradictionIn(schema);
  if (contradiction !== undefined) throw unusable(`Nothing can meet the schema: ${contradiction}.`);
  return (value) => (validate(value) ? undefined : problemsOf(validate.errors ?? []));
}

async function compiled(schema: JsonSchema): Promise<ValidateFunction> {
  const failures: unknown[] = [];
  for (const draft of draftsOf(schema["$schema"])) {
    try {
      return await compiledAs(draft, schema);
    } catch (error) {
      failures.push(error);
    }
  }
  throw unusable(`The schema cannot be used: ${describeError(failures[0])}.`, failures[0]);
}

type Draft = "2020" | "2019" | "7";

/** Those to try, the likeliest first. */
function draftsOf(named: unknown): readonly Draft[] {
  if (named === undefined) return ["2020", "7"];
  const name = JSON.stringify(named);
  if (name.includes("2020-12")) return ["2020"];
  if (name.includes("2019-09")) return ["2019"];
  if (/draft-0?[67]/.test(name)) return ["7"];
  throw unusable(`The schema is of ${JSON.stringify(named)}, which is not known here.`);
}

async function compiledAs(draft: Draft, schema: JsonSchema): Promise<ValidateFunction> {
  const [{ Ajv }, { Ajv2019 }, { Ajv2020 }, formats] = await Promise.all([
    import("ajv"),
    import("ajv/dist/2019.js"),
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
  ]);
  const options = { allErrors: true, strict: false, logger: false } as const;
  const ajv = draft === "2020" ? new Ajv2020(options) : draft === "2019" ? new Ajv2019(options) : new Ajv(options);
  formats.default.default(ajv);
  // Draft 6 differs in nothing that matters here, and has no schema of its own with us.
  const { $schema: named, ...rest } = schema;
  return ajv.compile(typeof named === "string" && /draft-0?6/.test(named) ? rest : schema);
}

function problemsOf(errors: readonly ErrorObject[]): string {
  const told = [...new Set(errors.map(problemOf))];
  const more = told.length > MOST_PROBLEMS ? `; and ${told.length - MOST_PROBLEMS} more` : "";
  return `${told.slice(0, MOST_PROBLEMS).join("; ")}${more}`;
}

function problemOf({ instancePath, message = "is wrong", params }: ErrorObject): string {
  const where = instancePath === "" ? "the value" : instancePath.slice(1).replaceAll("/", ".");
  const { additionalProperty, allowedValues } = params as Record<string, unknown>;
  if (typeof additionalProperty === "string") return `${where} has "${additionalProperty}", which is not allowed`;
  const allowed = Array.isArray(allowedValues) ? `: ${JSON.stringify(allowedValues)}` : "";
  return `${where} ${message}${allowed}`;
}

function unusable(message: string, cause?: unknown): UsageError {
  return new UsageError("schema-unusable", message, { hint: HINT, ...(cause === undefined ? {} : { cause }) });
}
