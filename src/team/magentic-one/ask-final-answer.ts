import type { Conversation } from "../../steps/conversation.ts";
import type { StepContext } from "../../steps/step-context.ts";
import { extractFinalAnswer } from "../final-answer.ts";
import { askText } from "./ask-text.ts";
import { FINAL_ANSWER_AGAIN } from "./prompts/final-answer.ts";

export interface FinalReply {
  /** Undefined where the model named none, though asked twice. */
  readonly answer: string | undefined;
  /** The reply in full. */
  readonly text: string;
}

/** Asks for the FINAL ANSWER, and once more where the reply names none, an empty one or half of one. */
export async function askFinalAnswer(steps: StepContext, conversation: Conversation): Promise<FinalReply> {
  const first = await ask(steps, conversation);
  if (first.answer !== undefined) return first;
  const again = conversation.append(
    { role: "assistant", content: first.text.trim() || "(an empty reply)" },
    { role: "user", content: FINAL_ANSWER_AGAIN },
  );
  const second = await ask(steps, again);
  return second.answer === undefined && second.text.trim() === "" ? first : second;
}

async function ask(steps: StepContext, conversation: Conversation): Promise<FinalReply> {
  const { text, finishReason } = await askText(steps, conversation);
  return { answer: extractFinalAnswer(text, { cut: finishReason === "length" }) || undefined, text };
}
