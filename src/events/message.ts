import { z } from "zod";

/**
 * One message of a conversation with a model. `name` tells which agent spoke, and to whom, where that
 * matters: `Orchestrator to Coder`. Models read it above the text.
 */
export const messageSchema = z.object({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
  name: z.string().optional(),
});
export type Message = z.infer<typeof messageSchema>;
