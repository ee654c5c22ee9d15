import { z } from "zod";

/** Facts and plan: what Magentic-One calls the task ledger. */
export const taskLedgerSchema = z.object({ facts: z.string(), plan: z.string() });
export type TaskLedger = z.infer<typeof taskLedgerSchema>;

function entry<Answer extends z.ZodType>(answer: Answer) {
  return z.object({ reason: z.string(), answer });
}

/** The five questions of the progress ledger, under Magentic-One's names. */
export const progressLedgerSchema = z.object({
  is_request_satisfied: entry(z.boolean()),
  is_in_loop: entry(z.boolean()),
  is_progress_being_made: entry(z.boolean()),
  next_speaker: entry(z.string()),
  instruction_or_question: entry(z.string()),
});
export type ProgressLedger = z.infer<typeof progressLedgerSchema>;

/** How a team's orchestrator decides: the full ledger is the system, the others are its fallbacks. */
export const orchestratorModeSchema = z.enum(["full-ledger", "short-ledger", "rules"]);
export type OrchestratorMode = z.infer<typeof orchestratorModeSchema>;
