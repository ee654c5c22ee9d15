import { z } from "zod";

/** What one tool call does to the world: nothing, the team's own folder, or anything else. */
export const effectSchema = z.enum(["read", "workspace", "external"]);
export type Effect = z.infer<typeof effectSchema>;

/** A tool call as the log keeps it. `egress` lists the hosts it may reach. */
export const toolStepSchema = z.object({
  kind: z.literal("tool"),
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  effect: effectSchema,
  egress: z.array(z.string()),
});
export type ToolStep = z.infer<typeof toolStepSchema>;

/** What a tool answered: text for the model, and facts for rules and readers (an exit code, say). */
export const toolResultSchema = z.object({
  text: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
/**
 * What a tool answered: text for the model, and facts for rules and readers (an exit code, say).
 * @useDeclaredType
 */
export type ToolResult = z.infer<typeof toolResultSchema>;
