import type { EventOf, LoggedEvent } from "../events/run-event.ts";
import { TeamPast } from "../steps/team-past.ts";
import { ReceiptFold } from "./receipt.ts";

/**
 * What a run's log says so far, as far as going on with it needs: a fold over its events beside the race's.
 * Owns: the receipt's totals, and the index of each unfinished team's part. Does not own: the verdict.
 */
export class RunPast {
  readonly receipt = new ReceiptFold();
  /** Teams that were launched and have not ended, with what the log has of them. */
  readonly #teams = new Map<string, TeamPast>();
  #decided = false;
  #finished: (LoggedEvent & EventOf<"run-finished">) | undefined;

  /** Whether `race-decided` is in the log. */
  get decided(): boolean {
    return this.#decided;
  }

  /** The run's last event, where it has ended. */
  get finished(): (LoggedEvent & EventOf<"run-finished">) | undefined {
    return this.#finished;
  }

  /** Takes in an event of the time before: also what a team's resume needs of it. */
  apply(event: LoggedEvent): void {
    this.count(event);
    if (event.type === "team-launched") this.#teams.set(event.team, new TeamPast());
    else if (event.type === "team-finished") this.#teams.delete(event.team);
    else this.#teams.get(event.scope)?.apply(event);
  }

  /** Takes in an event of now. */
  count(event: LoggedEvent): void {
    this.receipt.apply(event);
    if (event.type === "race-decided") this.#decided = true;
    if (event.type === "run-finished") this.#finished = event;
  }

  /** Whether a team of the time before has neither ended nor gone on in this process. */
  isLeft(team: string): boolean {
    return this.#teams.has(team);
  }

  /** What the log has of a team that is to go on, once. */
  take(team: string): TeamPast | undefined {
    const past = this.#teams.get(team);
    this.#teams.delete(team);
    return past;
  }
}
