import { pythonJson } from "../python/json.ts";
import { repr } from "../python/repr.ts";
import { isNumeric, strip } from "../python/text.ts";
import { isDict, isList, pythonValue, type JsonValue, type PythonValue } from "../python/value.ts";
import { compareDicts } from "./compare-dicts.ts";
import { compareNumbers } from "./compare-numbers.ts";
import { compareTexts } from "./compare-texts.ts";
import { floatOf, numberInText } from "./read-number.ts";

/** A gold answer, read: its form alone decides how predictions are compared with it. */
type Gold =
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "records"; readonly records: readonly PythonValue[] }
  | { readonly kind: "text"; readonly text: string | readonly string[] };

/**
 * What the official AssistantBench scorer gives a prediction: from 0 (wrong) to 1 (right). Its oddities are kept: a
 * comma is a decimal point, a prediction that is JSON is taken for its value, and where the original raises an error
 * the score is 0. A gold answer of several lines is a list. Source: AssistantBench, evaluation (Apache-2.0); checked
 * against the original on thousands of cases.
 */
export function scoreAssistantBench(prediction: JsonValue, gold: string | readonly string[]): number {
  const lines = typeof gold === "string" ? gold.split("\n").filter((line) => strip(line) !== "") : gold;
  const score = compare(readPrediction(prediction), readGold(lines));
  // What raises in the original and what is no number there both end as 0; here both are NaN.
  return score >= 0 && score <= 1 ? score : 0;
}

function readPrediction(prediction: JsonValue): PythonValue {
  const parsed = typeof prediction === "string" ? pythonJson(prediction) : pythonValue(prediction);
  return parsed === undefined ? (prediction as string) : parsed;
}

function readGold(lines: readonly string[]): Gold {
  const [only = ""] = lines;
  const number = lines.length === 1 ? readNumber(only) : undefined;
  if (number !== undefined) return { kind: "number", number };
  const parsed = lines.map((line) => pythonJson(withDoubleQuotes(line)));
  const records = parsed.filter((value) => value !== undefined);
  if (records.length === lines.length) return { kind: "records", records };
  return { kind: "text", text: lines.length === 1 ? only : lines };
}

/** Gold records as Python prints them become JSON. */
function withDoubleQuotes(gold: string): string {
  return gold
    .replaceAll("{'", '{"')
    .replaceAll("', '", '", "')
    .replaceAll("': '", '": "')
    .replaceAll("'}", '"}')
    .replaceAll("': ", '": ');
}

function readNumber(text: string): number | undefined {
  return numberInText(text, { unit: " square kilometers" });
}

function compare(prediction: PythonValue, gold: Gold): number {
  const pair = onlyNumber(prediction);
  if (pair !== undefined) return gold.kind === "text" ? compareTexts(pair, gold.text) : Number.NaN;
  const given = typeof prediction === "string" ? (readNumber(prediction) ?? prediction) : asFloat(prediction);
  if (gold.kind === "records") return compareDicts(isList(given) ? given : recordsIn(given), gold.records);
  if (gold.kind === "number") return typeof given === "number" ? compareNumbers(given, gold.number) : 0;
  return isNothing(given) ? 0 : compareTexts(given, gold.text);
}

/** What has no text to compare: empty, or of a type that the original does not expect. */
function isNothing(value: PythonValue): boolean {
  if (value === null || typeof value === "boolean" || value === "") return true;
  return (isList(value) && value.length === 0) || (isDict(value) && value.size === 0);
}

/** An int beyond all floats raises: no comparison, as for null. */
function asFloat(value: PythonValue): PythonValue {
  return typeof value === "bigint" ? (floatOf(value) ?? null) : value;
}

/**
 * A list of one whole number becomes a pair of the number and whether it is one, by an oversight of the original;
 * it is then compared as Python prints such a pair.
 */
function onlyNumber(prediction: PythonValue): string | undefined {
  if (!isList(prediction) || prediction.length !== 1) return undefined;
  const only = prediction[0] ?? null;
  if (typeof only === "bigint") return floatOf(only) === undefined ? undefined : `(${repr(asFloat(only))}, True)`;
  if (typeof only !== "string" || !isNumeric(only)) return undefined;
  const number = readNumber(only);
  return number === undefined ? `(${repr(only)}, False)` : `(${repr(number)}, True)`;
}

function recordsIn(prediction: PythonValue): readonly PythonValue[] {
  const parsed = typeof prediction === "string" ? prediction.split("\n").map(pythonJson) : [undefined];
  const records = parsed.filter((value) => value !== undefined);
  return records.length === parsed.length ? records : [prediction];
}
