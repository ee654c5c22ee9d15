import type { AcceptanceDescription } from "../events/input.ts";

/** A command by whose success answers are accepted. */
export type CommandAcceptance = Extract<AcceptanceDescription, { kind: "command" }>;

/**
 * Accepts an answer if a command succeeds in the team's folder: `race({ accept: commandAcceptance("npm test") })`.
 * It runs in the sandbox, without network, on what the team left, its tests too; what it changes there is undone.
 * Exit code 0 accepts, any other rejects with the end of what it printed; a check that cannot be made, or takes
 * longer than 15 minutes, defers.
 */
export function commandAcceptance(command: string): CommandAcceptance {
  return { kind: "command", command };
}
