import { Conversation } from "../../steps/conversation.ts";
import type { StepContext } from "../../steps/step-context.ts";
import { extractFinalAnswer } from "../final-answer.ts";
import { isSupported } from "./answer-support.ts";
import type { FinalReply } from "./ask-final-answer.ts";
import { askText } from "./ask-text.ts";
import { rulesFinalMessages } from "./prompts/rules.ts";

/** The phrase that the model is surest of, then another that it might have said. */
const TEMPERATURES = [0, 0.5] as const;
/** A longer line is no answer. */
const LONGEST_LINE = 200;

/**
 * Has a small model phrase the answer from what a program printed. An answer that does not stand on
 * that is asked for once more; then a program that printed a single line has said the answer itself.
 * Without an answer, the output is no good: of several lines nobody knows which is meant.
 *
 * A reply of one line with a number in it is an answer, too, without the words before it: small models leave them
 * out where the question says in which form to answer (`@mean[6.28]`).
 */
export async function askAnswerFromOutput(steps: StepContext, question: string, output: string): Promise<FinalReply> {
  const conversation = Conversation.of(...rulesFinalMessages(question, output));
  let text = "";
  for (const temperature of TEMPERATURES) {
    const reply = await askText(steps, conversation, { temperature });
    const cut = reply.finishReason === "length";
    const answer = extractFinalAnswer(reply.text, { cut }) ?? (cut ? undefined : unmarkedAnswer(reply.text));
    if (answer && isSupported(answer, output, question)) return { answer, text: reply.text };
    text = reply.text;
  }
  if (output.includes("\n") || output.length > LONGEST_LINE) return { answer: undefined, text };
  return { answer: output, text: `The program printed: ${output}` };
}

function unmarkedAnswer(reply: string): string | undefined {
  const line = reply.trim();
  return line.length <= LONGEST_LINE && /^[^\n]*\d[^\n]*$/.test(line) ? line : undefined;
}
