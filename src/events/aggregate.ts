import { z } from "zod";
import { modelAbilitiesSchema } from "./model-call.ts";

/**
 * How one answer is made of several. `first`: the earliest is taken. `vote`: the one that most gave, of equals the
 * earliest. `llm`: a model reads what the teams did and answers; where it cannot be had, the vote counts.
 */
export const aggregateSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("first") }),
  z.object({ kind: z.literal("vote") }),
  z.object({
    kind: z.literal("llm"),
    /** The model's reference. */
    model: z.string(),
    /** What it was taken to be able to do; a resumed run goes by the same. */
    abilities: modelAbilitiesSchema.optional(),
    /** How many tokens its prompt may have, reply included. */
    windowTokens: z.number(),
    seed: z.number().optional(),
  }),
]);
export type AggregateDescription = z.infer<typeof aggregateSchema>;

/** What a model made of the teams' answers; without an answer, why it made none. */
export const answersAggregated = z.object({
  type: z.literal("answers-aggregated"),
  /** The teams whose work it has seen. */
  teams: z.array(z.string()),
  answer: z.string().optional(),
  /** What it says, where the task wants its answer in a form. */
  value: z.unknown().optional(),
  /** Its words behind the answer. */
  reason: z.string(),
});

/** Whose steps those of the aggregation are. */
export const AGGREGATOR_SCOPE = "aggregator";
