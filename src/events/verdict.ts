import { z } from "zod";

const team = z.string();

export const outcomeSchema = z.enum(["answered", "unanswered", "exhausted", "cancelled", "denied", "failed"]);
/**
 * How a race ended.
 * @useDeclaredType
 */
export type Outcome = z.infer<typeof outcomeSchema>;

/** Something that a team did and that its answer rests on. */
const evidenceStepSchema = z.object({
  /** The key of the step. */
  key: z.string(),
  kind: z.enum(["program", "file", "page", "tool"]),
  /** What it was, in words: `12 lines of python`, a path, an address. */
  what: z.string(),
  /** The end of what came of it. */
  excerpt: z.string(),
});
export type EvidenceStep = z.infer<typeof evidenceStepSchema>;

/** What became of a team that the answer does not rest on. */
const otherTeamSchema = z.object({
  team,
  came: z.enum(["agreed", "differed", "empty", "gave-up", "turn-limit", "failed", "rejected", "stopped", "working"]),
  answer: z.string().optional(),
  reason: z.string().optional(),
  turns: z.number(),
  /** When it ended: milliseconds of work after the run's start. */
  afterMs: z.number().optional(),
});
export type OtherTeam = z.infer<typeof otherTeamSchema>;

/** Why it is this answer, for programs; `why` says the same in words. */
export const explanationSchema = z.object({
  /** How it was chosen. Null: there is no answer. */
  by: z.enum(["first", "vote", "llm"]).nullable(),
  /** The model that aggregated. */
  model: z.string().optional(),
  /** What people should know of the choice: a budget that was spent, an aggregator that could not be had. */
  note: z.string().optional(),
  /** How many answers were there to choose from, and how many of them are this one. */
  answers: z.number(),
  agreeing: z.number(),
  /** What the answer, or the best partial findings, rest on. */
  evidence: z.object({ team, reason: z.string(), findings: z.string(), steps: z.array(evidenceStepSchema) }).optional(),
  others: z.array(otherTeamSchema),
});
/**
 * Why it is this answer, for programs.
 * @useDeclaredType
 */
export type Explanation = z.infer<typeof explanationSchema>;

/** A file that is an answer: its path in the team's folder, and the blob that holds its bytes. */
const answerFileSchema = z.object({ path: z.string(), blob: z.string(), bytes: z.number() });

/** An answer as its task's form has it. */
export const formedAnswerSchema = z.object({
  /** In the form's own notation. */
  text: z.string(),
  value: z.unknown(),
  file: answerFileSchema.optional(),
});
export type FormedAnswer = z.infer<typeof formedAnswerSchema>;

export const verdictShape = {
  outcome: outcomeSchema,
  answer: z.string().nullable(),
  /** The answer as the task's form has it: a number, a list, a value of its schema. */
  value: z.unknown().optional(),
  /** The file that is the answer, where the task asks for one. */
  file: answerFileSchema.optional(),
  /** Which team, on what evidence, what the others said. */
  why: z.string(),
  explanation: explanationSchema.optional(),
  /** The team that won, or that the answer rests on. */
  winner: team.nullable(),
  /** The team that the answer rests on, whose staged effects are performed; null: none, and nothing is. */
  basis: team.nullable().optional(),
  /** Where nobody answered: the best partial findings, as such. */
  findings: z.string().nullable(),
  latencyMs: z.number(),
};
const verdictSchema = z.object(verdictShape);
export type Verdict = z.infer<typeof verdictSchema>;

/** A verdict alone, out of an event that holds one. */
export function verdictOf(event: Verdict): Verdict {
  return verdictSchema.parse(event);
}
