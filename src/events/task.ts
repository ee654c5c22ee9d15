import { z } from "zod";

/** A file handed to the teams: its name in the workspace and the blob that holds its bytes. */
export const taskFileSchema = z.object({ name: z.string(), blob: z.string(), bytes: z.number() });
export type TaskFile = z.infer<typeof taskFileSchema>;

/** What is asked. */
export const taskSchema = z.object({ prompt: z.string(), files: z.array(taskFileSchema) });
