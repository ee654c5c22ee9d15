import { z } from "zod";
import { AnswerClusters } from "../../src/bench/recorded/answer-clusters.ts";
import type { RecordedRun } from "../../src/bench/recorded/recorded-run.ts";
import { outcomeSchema } from "../../src/events/verdict.ts";
import { ONE_TEAM, VOTE } from "./arms.ts";

/** One race of the proof: a line of its file. */
export const racedSchema = z.object({
  question: z.number(),
  arm: z.string(),
  model: z.string(),
  promptVersion: z.string(),
  deadlineMs: z.number(),
  outcome: outcomeSchema,
  answer: z.string().nullable(),
  winner: z.string().nullable(),
  right: z.boolean(),
  /** From the run's start to `race-decided`. */
  seconds: z.number(),
  calls: z.number(),
  tokens: z.number(),
  modes: z.array(z.string()),
  runs: z.array(
    z.object({
      team: z.string(),
      outcome: z.string(),
      answer: z.string().optional(),
      right: z.boolean(),
      ms: z.number(),
      promptTokens: z.number(),
      outputTokens: z.number(),
    }),
  ),
});
export type Raced = Readonly<z.infer<typeof racedSchema>>;

/**
 * The runs of one question as `m1p evaluate` reads them: the one alone and the three of the vote, which nobody
 * stopped. They are no equals, since the three share the machine.
 */
export function asRecordedRuns(raced: readonly Raced[]): readonly RecordedRun[] {
  const whole = raced.filter(({ arm }) => arm === ONE_TEAM || arm === VOTE);
  const clusters = new AnswerClusters();
  return whole.flatMap(({ model, question, runs }) =>
    runs.map((run) => ({
      bench: "dabench",
      model,
      task: String(question),
      score: run.right ? 1 : 0,
      duration_s: run.ms / 1_000,
      prompt_tokens: run.promptTokens,
      output_tokens: run.outputTokens,
      ...clusters.of(String(question), run.outcome, run.answer),
      err: run.outcome === "failed",
    })),
  );
}
