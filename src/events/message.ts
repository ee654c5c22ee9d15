import { z } from "zod";

/** One message of a conversation with a model. `name` tells which agent spoke, where that matters. */
export const messageSchema = z.object({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
  name: z.string().optional(),
});
export type Message = z.infer<typeof messageSchema>;
