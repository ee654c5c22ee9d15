import type { ReplyFormat } from "../../events/model-call.ts";
import type { LadderMemory, Rung } from "../../model/structured/ladder-memory.ts";
import type { Conversation } from "../../steps/conversation.ts";
import type { StepContext } from "../../steps/step-context.ts";
import { StepFailed } from "../../steps/step-failed.ts";
import type { AnswerForm } from "../answer-form.ts";
import { extractFinalAnswer } from "../final-answer.ts";
import type { FinalReply } from "./ask-final-answer.ts";
import { askText } from "./ask-text.ts";
import { formedAnswerAgain } from "./prompts/final-answer.ts";

/** So many replies in another form, and the model does not understand what is wanted. */
const MOST_TRIES = 4;
/** What the prompt has it say where nothing supports an answer. */
const GIVE_UP = /^unable to determine\b/i;
/** Enough of a bad reply for the model to see what it did. */
const LONGEST_SHOWN = 2_000;

export interface FormedReply extends FinalReply {
  /** What was wrong with the last reply, where no answer came of it. */
  readonly problem?: string;
}

/**
 * Asks for the FINAL ANSWER in the form that the task wants. A reply in another form is shown to the model with what
 * is wrong with it, three times at the most; where the answer is a JSON value the model's provider is made to hold it
 * to its schema, as far as it can. What the answer says is then in the form's own notation.
 */
export async function askFormedAnswer(
  steps: StepContext,
  conversation: Conversation,
  { form, memory }: { readonly form: AnswerForm; readonly memory: LadderMemory },
): Promise<FormedReply> {
  let asked = conversation;
  let problem = "";
  let text = "";
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const reply = await ask(steps, asked, form, memory);
    text = reply.text;
    // Who has nothing to say need not be asked to say it in another form.
    if (GIVE_UP.test(extractFinalAnswer(text) ?? "")) return { answer: undefined, text, problem: "it found none" };
    const read = form.read(text);
    // Half an answer may look like a whole one, save where only a whole one can be read.
    const isCut = reply.finishReason === "length" && form.kind !== "schema";
    if (read.ok && !isCut) return { answer: read.text, text };
    problem = read.ok ? "the reply was cut off at its length limit" : read.problem;
    asked = asked.append(
      { role: "assistant", content: text.trim().slice(0, LONGEST_SHOWN) || "(an empty reply)" },
      { role: "user", content: formedAnswerAgain(problem, form.rules) },
    );
  }
  return { answer: undefined, text, problem };
}

/** On the best rung of the ladder that the endpoint takes; in words where the answer is no JSON value. */
async function ask(steps: StepContext, conversation: Conversation, { schema }: AnswerForm, memory: LadderMemory) {
  for (const rung of schema ? memory.rungs : []) {
    if (rung === "json" || !schema) break;
    try {
      return await steps.model({ conversation, format: formatOf(rung, schema) });
    } catch (error) {
      if (!(error instanceof StepFailed) || error.code !== "model-refused") throw error;
      memory.refused(rung);
    }
  }
  return await askText(steps, conversation);
}

function formatOf(rung: Exclude<Rung, "json">, schema: NonNullable<AnswerForm["schema"]>): ReplyFormat {
  const name = "final_answer";
  if (rung === "schema") return { kind: "schema", name, schema };
  return { kind: "tool", name, description: "Gives the final answer to the request.", schema };
}
