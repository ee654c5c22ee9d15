import type { AnswerForm, ReadAnswer } from "../../team/answer-form.ts";
import { splitGaiaList } from "../gaia-rules.ts";
import { namedAnswer } from "./named-answer.ts";

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** Numbers and texts, between commas. One element alone is a list, too. */
export const listForm: AnswerForm = {
  kind: "list",
  demand: "The answer is to be a list, its elements separated by commas.",
  rules: `- The answer is a list and nothing else, its elements separated by commas, on one line; no brackets, no "and".
- Numbers in digits, without thousands separators, units or signs, unless the request wants them.
- Names and words in full, without article; a comma within an element is left out.
- Follow every wish of the request as to the order of the elements.`,
  read(said) {
    const answer = namedAnswer(said);
    const elements = elementsOf(answer);
    if (elements.length === 0 || elements.includes(""))
      return { ok: false, problem: `${JSON.stringify(answer.slice(0, 200))} is not a list: an element of it is empty` };
    return listOf(elements);
  },
};

function listOf(elements: readonly string[]): ReadAnswer {
  const value = elements.map((element) => (NUMBER.test(element) ? Number(element) : element));
  return { ok: true, value, text: elements.join(", ") };
}

/** Models that like JSON write a list so. */
function elementsOf(answer: string): string[] {
  const inner = /^\[(.*)\]$/s.exec(answer)?.[1];
  if (inner === undefined) return splitGaiaList(answer).map((element) => element.trim());
  try {
    const parsed: unknown = JSON.parse(answer);
    if (Array.isArray(parsed) && parsed.every((each) => typeof each === "string" || typeof each === "number"))
      return parsed.map((each) => String(each).trim());
  } catch {
    // Then it is a list in brackets.
  }
  return splitGaiaList(inner).map((element) => element.trim());
}
