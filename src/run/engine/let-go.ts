import { Cancelled } from "../../base/errors.ts";

/**
 * Why a team is stopped whose run has not ended: its process lets go of the run (its log fails, or it waits for
 * a person). The log stays as if the process had died here, so that the next one goes on with the team.
 */
export class LetGo extends Cancelled {
  constructor(cause: unknown) {
    super("run-let-go", "The process lets go of the run.", { cause });
    this.name = "LetGo";
  }
}
