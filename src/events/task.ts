import { z } from "zod";

/** A file handed to the teams: its name in the workspace and the blob that holds its bytes. */
export const taskFileSchema = z.object({ name: z.string(), blob: z.string(), bytes: z.number() });
export type TaskFile = z.infer<typeof taskFileSchema>;

/** The form in which an answer is wanted, where it is not just a text. */
const answerFormSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("number") }),
  z.object({ kind: z.literal("list") }),
  /** A file of the team's folder; at this path, where one is named. */
  z.object({ kind: z.literal("file"), path: z.string().optional() }),
  /** A JSON value that meets this JSON schema. */
  z.object({ kind: z.literal("schema"), schema: z.record(z.string(), z.unknown()) }),
]);
export type AnswerFormDescription = z.infer<typeof answerFormSchema>;

/** What is asked. */
export const taskSchema = z.object({
  prompt: z.string(),
  files: z.array(taskFileSchema),
  /** Absent: a text. */
  answer: answerFormSchema.optional(),
});
