import { messageImageSchema } from "../../../events/message.ts";
import { Conversation } from "../../../steps/conversation.ts";
import type { StepContext } from "../../../steps/step-context.ts";
import { StepFailed } from "../../../steps/step-failed.ts";
import { LOOK_INSTRUCTIONS, lookPrompt } from "../prompts/file-surfer.ts";

export interface Look {
  readonly path: string;
  readonly question: string;
  /** Whether the model sees; where that is unknown it is tried. */
  readonly vision: boolean | undefined;
}

/** What a picture shows, in the model's words; or why it can't be seen. */
export async function lookAt(steps: StepContext, { path, question, vision }: Look): Promise<string> {
  const { text, facts } = await steps.tool({ tool: "view-image", arguments: { path } });
  const image = messageImageSchema.safeParse(facts);
  if (!image.success) return text;
  if (vision === false) return `${text} This team's model can't see pictures: use a program, or say so.`;
  const conversation = Conversation.of(
    { role: "system", content: LOOK_INSTRUCTIONS },
    { role: "user", content: lookPrompt(path, question), images: [image.data] },
  );
  try {
    const reply = await steps.model({ conversation });
    return `${text} It was looked at:\n${reply.text.trim()}`;
  } catch (error) {
    if (!(error instanceof StepFailed) || error.code !== "model-refused") throw error;
    return `${text} The model did not take the picture (${error.message}): it seems that it can't see.`;
  }
}
