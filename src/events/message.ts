import { z } from "zod";

/** A picture in a message, by the run's blob that has its bytes. */
export const messageImageSchema = z.object({
  /** The blob's name: the SHA-256 of the bytes. */
  blob: z.string(),
  mediaType: z.enum(["image/png", "image/jpeg", "image/gif", "image/webp"]),
  /** In pixels. */
  width: z.number(),
  height: z.number(),
});
export type MessageImage = z.infer<typeof messageImageSchema>;

/**
 * One message of a conversation with a model. `name` tells which agent spoke, and to whom, where that
 * matters: `Orchestrator to Coder`. Models read it above the text.
 */
export const messageSchema = z.object({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
  name: z.string().optional(),
  /** What the user shows with it; models that cannot see are not asked. */
  images: z.array(messageImageSchema).optional(),
});
export type Message = z.infer<typeof messageSchema>;
