import { Conversation } from "../../../steps/conversation.ts";
import type { Agent } from "../agent.ts";
import { CODER } from "../names.ts";
import { CODER_DESCRIPTION, CODER_INSTRUCTIONS } from "../prompts/coder.ts";
import { rulesCoderMessages } from "../prompts/rules.ts";
import { rulesWork } from "../rules-work.ts";

/** Writes programs and reasons, by its model. */
export const coder: Agent = {
  name: CODER,
  description: CODER_DESCRIPTION,
  instructions: CODER_INSTRUCTIONS,
  async respond({ conversation, messages, mode, steps, task }) {
    const asked = mode === "rules" ? Conversation.of(...rulesCoderMessages(task, rulesWork(messages))) : conversation;
    const { text } = await steps.model({ conversation: asked });
    return { text };
  },
};
