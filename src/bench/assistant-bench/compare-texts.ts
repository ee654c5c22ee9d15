import { pythonFloat } from "../../answers/python-float.ts";
import { floatRepr, pythonText } from "../python/repr.ts";
import { words } from "../python/text.ts";
import { isList, type PythonValue } from "../python/value.ts";
import { alignedScore } from "./align.ts";

const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const ARTICLES = /(?<![\p{L}\p{N}_])(?:an?|the)(?![\p{L}\p{N}_])/gu;

type Bag = ReadonlySet<string>;

/**
 * How far the words of two texts, or of two lists of texts, are the same: the F1 of the DROP benchmark. Anything else
 * than text is compared as Python prints it; a list of anything else than texts scores 0.
 */
export function compareTexts(predicted: PythonValue, gold: PythonValue): number {
  const given = bagsOf(predicted);
  const wanted = bagsOf(gold);
  if (!given || !wanted) return 0;
  return alignedScore(given, wanted, (one, other) => (sharesNumbers(other, one) ? overlap(one, other) : 0));
}

function bagsOf(value: PythonValue): readonly Bag[] | undefined {
  const texts = isList(value) ? value : [pythonText(value)];
  return texts.every((text) => typeof text === "string") ? texts.map(bagOf) : undefined;
}

function bagOf(text: string): Bag {
  return new Set(words(text.split(/[ -]/).map(normalise).join(" ")));
}

function normalise(token: string): string {
  const lower = token.toLowerCase();
  const bare = pythonFloat(lower) === undefined ? lower.replace(PUNCTUATION, "") : lower;
  const number = pythonFloat(bare);
  return words((number === undefined ? bare : floatRepr(number)).replace(ARTICLES, " ")).join(" ");
}

/** A text with numbers in it scores only if one of them is in the prediction. */
function sharesNumbers(gold: Bag, predicted: Bag): boolean {
  const numbers = [...gold].filter((word) => pythonFloat(word) !== undefined);
  return numbers.length === 0 || numbers.some((number) => predicted.has(number));
}

function overlap(predicted: Bag, gold: Bag): number {
  const shared = [...gold].filter((word) => predicted.has(word)).length;
  const precision = predicted.size === 0 ? 1 : shared / predicted.size;
  const recall = gold.size === 0 ? 1 : shared / gold.size;
  return precision === 0 && recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}
