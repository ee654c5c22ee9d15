import { z } from "zod";
import { orchestratorModeSchema } from "../../events/ledger.ts";
import type { Member } from "./members.ts";

/** What a Magentic-One team is made with; all but the model, which each team has of its own. */
export const magenticOneOptionsSchema = z.object({
  /** Agents' turns at the most. Default 30. */
  maxTurns: z.number().optional(),
  /** Stalls (no progress, a loop, an unusable ledger) at which a new plan is made. Default 3. */
  maxStalls: z.number().optional(),
  /** New plans after the first; when they are used up, a stalled team gives up. Default 3. */
  maxReplans: z.number().optional(),
  /** How the Orchestrator starts; it is demoted on counted failures. Default: as the model is able to. */
  mode: orchestratorModeSchema.optional(),
  /**
   * Above 0, else k teams are one team k times. Default 0.7; 0.3 for a team that starts under rules, as small models
   * want.
   */
  temperature: z.number().optional(),
  /**
   * Tokens that the model takes, prompt and reply together. Default: what is known of it, else 32,768 until it refuses.
   */
  contextWindow: z.number().optional(),
  /**
   * The members, where they are others than the default ones: an own one is code of a program, and only its name is
   * kept.
   */
  agents: z.array(z.union([z.string(), z.object({ own: z.string() })])).optional(),
});
/** What the log has of them: enough to make the team again, but for agents of a person's own. */
export type LoggedOptions = z.infer<typeof magenticOneOptionsSchema>;

export interface MagenticOneOptions extends Readonly<Omit<LoggedOptions, "agents">> {
  /** The model's reference. Default: the run's. */
  readonly model?: string;
  /**
   * The members beside the Orchestrator: those that come with m1-parallel by their names, your own as `defineAgent`
   * makes them. Default: `defaultAgents`. Without a Coder and a ComputerTerminal the mode `rules` cannot lead.
   */
  readonly agents?: readonly Member[];
}
