import { z } from "zod";
import type { TeamDescription } from "../events/run-event.ts";
import type { ModelAbilities } from "../events/model-call.ts";
import type { StepContext } from "../steps/step-context.ts";
import type { AnswerForm } from "./answer-form.ts";

/** A file of the task as a team sees it. */
export interface VisibleFile {
  /** Its path relative to the team's workspace. */
  readonly path: string;
  readonly bytes: number;
}

/** What a team is given to solve. */
export interface TeamTask {
  readonly prompt: string;
  readonly files: readonly VisibleFile[];
  /** The form in which the answer is wanted; absent: a text. The race checks it, whether the team does or not. */
  readonly answer?: AnswerForm;
}

/** What a team has while it solves. */
export interface TeamContext {
  /** `team-1` … `team-k`. */
  readonly team: string;
  readonly task: TeamTask;
  readonly steps: StepContext;
  /** What the team's model is taken to be able to do; undefined for a team without one. */
  readonly abilities: ModelAbilities | undefined;
}

const ended = {
  /** The team's own words behind its answer, or the best it found without one. */
  findings: z.string(),
  reason: z.string(),
  turns: z.int().min(0),
};

/** What a team may end with; anything else that it returns is its failure. */
export const teamResultSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("answered"), answer: z.string(), ...ended }),
  /** `rejected`: its last answer did not pass the run's acceptance, and it cannot take up what was said of it. */
  z.object({ outcome: z.enum(["gave-up", "turn-limit", "rejected"]), ...ended }),
]);
/**
 * How a team ended. Whether an `answered` is a real answer is the race's to judge, not the team's.
 * @useDeclaredType
 */
export type TeamResult = z.infer<typeof teamResultSchema>;

/**
 * One solver in a run. Team and race know each other by events alone: a team acts and reports through
 * its step context, and its end becomes a `team-finished` event. A throw is the event with outcome
 * `failed`; it never reaches another team (promise R4).
 */
export interface Team {
  /** The reference of its model; `default` takes the run's default model, `none` needs no model. */
  readonly model: string;
  /** What is to be known of it before it starts. `model` is the reference that was opened for it. */
  describe(team: string, model: string | undefined, abilities: ModelAbilities | undefined): TeamDescription;
  /** When `context.steps.signal` aborts, `solve` must reject or resolve at once; what it says then is ignored. */
  solve(context: TeamContext): Promise<TeamResult>;
}
