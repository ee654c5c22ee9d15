import { z } from "zod";
import { toolResultSchema } from "./tool-call.ts";

const team = z.string();
const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/**
 * Why the run performs an external call. `commit`: it was staged by the team whose answer was taken.
 * `permit`: the team had to act to go on; performed once for all teams that ask the same.
 */
const groundsSchema = z.enum(["commit", "permit"]);

/**
 * The run begins to perform an external call, in its own scope: an effect belongs to the run, not to a
 * team. A second `effect-started` of one id repeats one that was in doubt, under the same key.
 */
export const effectStarted = z.object({
  type: z.literal("effect-started"),
  /** `commit:` and the step's key, or `permit:` and a hash of tool and arguments. */
  effect: z.string(),
  grounds: groundsSchema,
  /** The team that asked (first), and the key of its step. */
  team,
  key: z.string(),
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  /** Sent with the call where the tool takes one: the same however often it is tried. */
  idempotencyKey: z.string(),
});

/**
 * `performed`: it was done, once. `failed`: it surely was not done. `in-doubt`: nobody knows (a crash, a
 * broken connection). `refused`: in doubt, and a person decided that it is not to be repeated.
 * `skipped`: one staged before it was not performed.
 */
export const effectFinished = z.object({
  type: z.literal("effect-finished"),
  effect: z.string(),
  status: z.enum(["performed", "failed", "in-doubt", "refused", "skipped"]),
  result: toolResultSchema.optional(),
  failure: failure.optional(),
  /** How it is known: by the call itself, the tool's status query, or a person. */
  by: z.enum(["call", "status", "person"]),
});

/** A question to a person that the run waits for. */
export const questionAsked = z.object({
  type: z.literal("question-asked"),
  question: z.string(),
  /** `effect`: an external call in doubt. `step`: a program of the person's own that a crash cut off. */
  about: z.enum(["effect", "step"]),
  /** The id of the effect, or the key of the step. */
  subject: z.string(),
  team,
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  /** What happened and what the decisions mean. */
  text: z.string(),
});

/** `again`: do it (again). `not-again`: leave it. `done`: it was done; take this as its result. */
export const questionAnswered = z.object({
  type: z.literal("question-answered"),
  question: z.string(),
  decision: z.enum(["again", "not-again", "done"]),
  /** With `done`: what the call is taken to have answered. */
  text: z.string().optional(),
  /** Who decided: a user's name on this machine. */
  by: z.string(),
});

/** No team can go on before a person has decided; the process may end, and `m1p resume` goes on. */
export const runWaiting = z.object({ type: z.literal("run-waiting"), questions: z.array(z.string()) });
