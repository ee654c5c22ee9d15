import { z } from "zod";

/**
 * What reaches team code from outside it, beside the results of its own steps; journaled with its place
 * before the team has it.
 * `message`: words of a person (an instruction at a fork, a follow-up to a finished run).
 * `notice`: the run tells something that the team should go by.
 * `session-lost`: what a tool held alive (a page, a shell) was lost with the process (promise S5).
 */
export const inputSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("message"), text: z.string() }),
  z.object({ kind: z.literal("notice"), text: z.string() }),
  z.object({ kind: z.literal("session-lost"), tool: z.string(), text: z.string() }),
]);
/**
 * What reaches a team from outside it: a person's words, a notice of the run.
 * @useDeclaredType
 */
export type Input = z.infer<typeof inputSchema>;

/**
 * What a team hears of an answer that it proposed. `accepted`: it may end. `rejected`: by the run's
 * acceptance check, for this reason. `continued`: a person goes on from it with these words.
 */
export const proposalReplySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("accepted") }),
  z.object({ kind: z.literal("rejected"), reason: z.string() }),
  z.object({ kind: z.literal("continued"), text: z.string() }),
]);
/**
 * What becomes of an answer that a team put before the race.
 * @useDeclaredType
 */
export type ProposalReply = z.infer<typeof proposalReplySchema>;

/** What an acceptance says of an answer: it may end the race, it may not, or that could not be found out. */
export const acceptanceVerdictSchema = z.object({
  verdict: z.enum(["accept", "reject", "defer"]),
  /** Why, in words for the team and for people. */
  reason: z.string(),
});
/**
 * What an acceptance says of an answer: it may end the race, it may not, or that could not be found out.
 * @useDeclaredType
 */
export type AcceptanceVerdict = z.infer<typeof acceptanceVerdictSchema>;

/** How a run finds out whether an answer may end it; null where every real answer may. */
export const acceptanceSchema = z.discriminatedUnion("kind", [
  /** Exit code 0 accepts. Run in the sandbox, on the team's workspace. */
  z.object({ kind: z.literal("command"), command: z.string() }),
  /** A function of the program that started the run; only that program can resume it. */
  z.object({ kind: z.literal("function"), name: z.string() }),
]);
/**
 * How a run finds out whether an answer may end it; null where every real answer may.
 * @useDeclaredType
 */
export type AcceptanceDescription = z.infer<typeof acceptanceSchema>;
