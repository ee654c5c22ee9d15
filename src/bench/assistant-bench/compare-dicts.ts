import { numpyMean } from "../python/mean.ts";
import { isDict, isList, type PythonValue } from "../python/value.ts";
import { alignedScore } from "./align.ts";
import { compareNumbers } from "./compare-numbers.ts";
import { compareTexts } from "./compare-texts.ts";
import { floatOf, numberInText } from "./read-number.ts";

/** How far two lists of records are the same, in any order. NaN where the original raises an error. */
export function compareDicts(predicted: readonly PythonValue[], gold: readonly PythonValue[]): number {
  const first = predicted[0];
  if (first !== undefined && !isDict(first)) return 0;
  return alignedScore(predicted, gold, comparePair);
}

function comparePair(predicted: PythonValue, gold: PythonValue): number {
  if (!isDict(predicted) || !isDict(gold)) return Number.NaN;
  const recall = numpyMean([...gold].map(([key, value]) => compareField(predicted.get(key), value, { kindOf: value })));
  const precision = numpyMean(
    [...predicted].map(([key, value]) => compareField(gold.get(key), value, { kindOf: gold.get(key) })),
  );
  return precision + recall === 0 ? 0 : (2 * (precision * recall)) / (precision + recall);
}

/** One record's field against the other's; `kindOf` is the gold one of the two, which says how they are compared. */
function compareField(
  given: PythonValue | undefined,
  wanted: PythonValue,
  by: { readonly kindOf: PythonValue | undefined },
): number {
  const [value, other] = [fieldValue(given ?? null), fieldValue(wanted)];
  if (value === undefined || other === undefined) return Number.NaN;
  if (given === undefined) return 0;
  if (by.kindOf === undefined || kindOf(by.kindOf) === undefined) return Number.NaN;
  if (kindOf(value) !== kindOf(other)) return 0;
  return typeof value === "number" && typeof other === "number"
    ? compareNumbers(value, other)
    : compareTexts(value, other);
}

/** A field's value with numbers read, texts of numbers too; undefined where the original raises an error. */
function fieldValue(value: PythonValue): PythonValue | undefined {
  if (typeof value === "bigint") return floatOf(value);
  return typeof value === "string" ? (numberInText(value) ?? value) : value;
}

/** The type by which a field is compared; undefined for those that the original has no comparison for. */
function kindOf(value: PythonValue): string | undefined {
  if (value === null || isDict(value)) return undefined;
  return isList(value) ? "list" : typeof value;
}
