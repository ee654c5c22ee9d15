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
 */
export async function askAnswerFromOutput(steps: StepContext, question: string, output: string): Promise<FinalReply> {
  const conversation = Conversation.of(...rulesFinalMessages(question, output));
  let text = "";
  for (const temperature of TEMPERATURES) {
    const reply = await askText(steps, conversation, { temperature });
    const answer = extractFinalAnswer(reply.text, { cut: reply.finishReason === "length" });
    if (answer && isSupported(answer, output, question)) return { answer, text: reply.text };
    text = reply.text;
  }
  if (output.includes("\n") || output.length > LONGEST_LINE) return { answer: undefined, text };
  return { answer: output, text: `The program printed: ${output}` };
}
