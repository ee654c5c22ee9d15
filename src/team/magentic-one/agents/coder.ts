import { Conversation } from "../../../steps/conversation.ts";
import type { Agent, AgentContext } from "../agent.ts";
import { CODER } from "../names.ts";
import { CODER_DESCRIPTION, CODER_INSTRUCTIONS } from "../prompts/coder.ts";
import { rulesCoderMessages } from "../prompts/rules.ts";
import { rulesWork } from "../rules-work.ts";

/** Writes programs and reasons, by its model. */
export const coder: Agent = {
  name: CODER,
  description: CODER_DESCRIPTION,
  instructions: CODER_INSTRUCTIONS,
  async respond(context) {
    const { text } = await context.steps.model({ conversation: questionOf(context) });
    return { text };
  },
};

/** Under rules a small model is shown little: the question, the files' heads, its last program and what came of it. */
function questionOf({ task, messages, mode, conversation }: AgentContext): Conversation {
  return mode === "rules" ? Conversation.of(...rulesCoderMessages(task, rulesWork(messages))) : conversation;
}
