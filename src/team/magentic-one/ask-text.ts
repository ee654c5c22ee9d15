import type { ModelReply } from "../../events/model-call.ts";
import type { Conversation } from "../../steps/conversation.ts";
import type { ModelCall, StepContext } from "../../steps/step-context.ts";
import { StepFailed } from "../../steps/step-failed.ts";

/**
 * A reply in words. A request that the endpoint refused (HTTP 400 and its like) is put once more, since
 * nothing below the door does and some refusals pass; any other failure is the model's and is thrown.
 */
export async function askText(
  steps: StepContext,
  conversation: Conversation,
  settings: Pick<ModelCall, "temperature"> = {},
): Promise<ModelReply> {
  try {
    return await steps.model({ ...settings, conversation });
  } catch (error) {
    if (!(error instanceof StepFailed) || error.code !== "model-refused") throw error;
    return await steps.model({ ...settings, conversation });
  }
}
