import type { LoggedEvent } from "../events/run-event.ts";

/** So many characters of recorded results and inputs are held from the one reading of a log to their giving back. */
const MOST_CHARACTERS = 8 * 2 ** 20;
/** What an event takes beside its texts, about. */
const OVERHEAD = 400;

/**
 * Owns: how much of a run's past may still be held in memory, for all its teams together. What comes first is given
 * back first, so that is what is held; the rest is read again when its turn comes.
 */
export class PastRoom {
  #left: number;

  constructor(characters = MOST_CHARACTERS) {
    this.#left = characters;
  }

  /** Whether an event may be held; it then takes its room for good. */
  holds(event: LoggedEvent): boolean {
    if (this.#left <= 0) return false;
    this.#left -= OVERHEAD + charactersOf(event);
    return this.#left >= 0;
  }
}

/** Those of all strings in JSON data. */
function charactersOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + charactersOf(part), 0);
}
