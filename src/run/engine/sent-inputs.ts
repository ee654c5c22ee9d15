import type { Input } from "../../events/input.ts";
import type { LoggedEvent } from "../../events/run-event.ts";

/**
 * Owns: what was sent to each team and has not been taken by it. Does not own: the team's journal of what it took.
 * Invariants: 1. inputs are taken in the order in which they were sent, each once; 2. what was sent and not
 * taken when a process died waits for the team in the next one.
 */
export class SentInputs {
  readonly #waiting = new Map<string, Input[]>();

  /** Takes in an event of an earlier process. */
  recall(event: LoggedEvent): void {
    this.hear(event);
    if (event.type === "input-delivered") this.#waiting.get(event.scope)?.shift();
  }

  /** Takes in an event of now: what is delivered was taken from here. */
  hear(event: LoggedEvent): void {
    if (event.type !== "input-sent") return;
    const waiting = this.#waiting.get(event.team);
    if (waiting) waiting.push(event.input);
    else this.#waiting.set(event.team, [event.input]);
  }

  /** All that waits for the team; it is then the team's to journal. */
  take(team: string): readonly Input[] {
    const inputs = this.#waiting.get(team) ?? [];
    this.#waiting.delete(team);
    return inputs;
  }
}
