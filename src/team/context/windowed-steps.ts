import type { ModelCall, PromptedReply, StepContext } from "../../steps/step-context.ts";
import { StepFailed } from "../../steps/step-failed.ts";
import { sizeOf, sizeOfSchema } from "../../steps/prompt-size.ts";
import { fitConversation } from "./fit-conversation.ts";
import type { ModelWindow } from "./model-window.ts";

/** A prompt that is refused as too long is put again, shorter, so many times at the most. */
const MOST_REFUSALS = 4;

/**
 * A step context whose calls of the team's model keep within its window: a conversation that would not fit is
 * shortened, one that is refused as too long all the same is put again, shorter. `window` learns from what comes back.
 * A call that names another model is that caller's own to keep short.
 */
export function windowedSteps(steps: StepContext, window: ModelWindow): StepContext {
  return {
    ...steps,
    fork: (name) => windowedSteps(steps.fork(name), window),
    model: (call) => (call.model === undefined ? ask(steps, window, call) : steps.model(call)),
  };
}

async function ask(steps: StepContext, window: ModelWindow, call: ModelCall): Promise<PromptedReply> {
  const { format, maxOutputTokens } = call;
  const beside = format && "schema" in format ? sizeOfSchema(format.schema) : 0;
  for (let refusals = 0; ; refusals++) {
    const conversation = fitConversation(call.conversation, window.room(maxOutputTokens) - beside);
    const size = sizeOf(conversation) + beside;
    try {
      const reply = await steps.model({ ...call, conversation });
      if (reply.promptTokens !== undefined) window.counted(size, reply.promptTokens);
      return reply;
    } catch (error) {
      if (!(error instanceof StepFailed) || error.code !== "model-too-long" || refusals >= MOST_REFUSALS) throw error;
      window.refused(size, error.message);
    }
  }
}
