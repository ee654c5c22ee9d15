import { z } from "zod";

/**
 * One run of an agent on a task, as recorded: a line of a file that `m1p evaluate` reads. Other fields may be there.
 */
export const recordedRunSchema = z.object({
  bench: z.string(),
  model: z.string(),
  task: z.string(),
  /** What the bench's scorer gave, 0 to 1; null where nobody scored it. */
  score: z.number().nullable(),
  /** Seconds from its start to its end; 0 or null where it has none. */
  duration_s: z.number().min(0).nullable(),
  prompt_tokens: z.number().min(0).default(0),
  output_tokens: z.number().min(0).default(0),
  /** Runs of a task with the same number gave the same answer. */
  answer_cluster: z.number().nullish(),
  /** Whether the answer is a give-up. */
  abstain: z.boolean().nullish(),
  /** Whether the run ended in an error. */
  err: z.boolean().nullish(),
  /** What its own model says of its answer: `Correct`, `Wrong`, `Unknown`. */
  self_choice: z.string().nullish(),
  /** What another model says of it, likewise. */
  gpt5_judge: z.string().nullish(),
});
/**
 * One run of an agent on one task, as it was recorded.
 * @useDeclaredType
 */
export type RecordedRun = Readonly<z.infer<typeof recordedRunSchema>>;
