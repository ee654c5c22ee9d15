import type { AnswerForm } from "../../team/answer-form.ts";
import { normaliseGaiaNumber } from "../gaia-rules.ts";
import { namedAnswer } from "./named-answer.ts";

const PLAIN = /^-?\d+(\.\d+)?$/;

/** One finite number. */
export const numberForm: AnswerForm = {
  kind: "number",
  demand: "The answer is to be one number.",
  rules: `- The answer is one number and nothing else, in digits, as in 1234.5.
- No thousands separators, no unit, no percent or currency sign.
- Follow every wish of the request as to rounding, decimal places and unit of measure.`,
  read(said) {
    const answer = namedAnswer(said);
    const value = normaliseGaiaNumber(answer);
    if (value === undefined || !Number.isFinite(value))
      return { ok: false, problem: `${JSON.stringify(answer.slice(0, 200))} is not one number` };
    const bare = answer.replace(/[$%,\s]/g, "");
    // Digits after the point may be wanted as they are.
    return { ok: true, value, text: PLAIN.test(bare) ? bare : String(value) };
  },
};
