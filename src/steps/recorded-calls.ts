import { abortable } from "../base/abort.ts";
import { toError } from "../base/errors.ts";
import type { LoggedEvent, RunEvent } from "../events/run-event.ts";
import { type Finish, finishOf } from "./finished-step.ts";
import type { Journal } from "./journal.ts";
import { NonDeterminism } from "./non-determinism.ts";
import type { Replay } from "./replay.ts";
import { type BegunStep, toldHash } from "./team-past.ts";

export interface RecordedCallsOptions {
  readonly replay: Replay;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  /** The team goes another way than its log (S4). */
  readonly onFault: (error: Error) => void;
}

/**
 * What the log has of a team's calls, where the team is resumed: what a step gave, what was told, what was delivered.
 * Owns: that each call is held against what the log has under its key. Does not own: the order in which the past comes
 * back (the replay), what is done anew (the door).
 * Invariants: 1. who asks or tells something else than before is stopped, and the run is told (S4); 2. a replay that
 * fails closes the journal.
 */
export class RecordedCalls {
  readonly #options: RecordedCallsOptions;

  constructor(options: RecordedCallsOptions) {
    this.#options = options;
  }

  /** Whether all has been given back: the team acts anew. */
  get over(): boolean {
    return this.#options.replay.over;
  }

  /** Whether the team is where it was: nothing that it did the first time is yet to come. */
  get caughtUp(): boolean {
    return this.#options.replay.caughtUp;
  }

  /** The team asks for a step: gives, once, what the log has begun under this key. */
  meetStep(key: string): BegunStep | undefined {
    return this.#options.replay.meetStep(key);
  }

  /** Whether the log has a result or inputs for this place. */
  has(key: string): boolean {
    return this.#options.replay.has(key);
  }

  /**
   * What the log has of this step's end, when its turn has come; undefined where it must be done, which is
   * when all that the log has of the team has been given back.
   */
  async finish(
    { key, request }: { readonly key: string; readonly request: string },
    begun: BegunStep | undefined,
  ): Promise<Finish | undefined> {
    const { journal, replay } = this.#options;
    journal.assertOpen();
    if (begun && begun.request !== request) this.#differ(key, begun.title, "asks something else");
    if (!begun && replay.knows(key)) this.#differ(key, "no step", "begins one");
    if (!begun || !replay.has(key)) {
      if (!replay.over) await this.ended();
      return undefined;
    }
    const [event] = await this.take(key);
    if (event?.type !== "step-finished") return this.#differ(key, `the event ${event?.type}`, "waits for a step's end");
    return finishOf(event);
  }

  /** Whether the team told this the first time. */
  hasTold(event: RunEvent & { readonly key: string }): boolean {
    const { replay } = this.#options;
    const told = replay.meetTold(event.key);
    if (!told) {
      const begun = replay.meetStep(event.key);
      if (begun) this.#differ(event.key, begun.title, `reports ${event.type}`);
      return false;
    }
    if (told.hash !== toldHash(event))
      this.#differ(event.key, `the report ${told.type}`, `reports another ${event.type}`);
    return true;
  }

  /** What the log has for this place, when its turn has come. An abort rejects with the signal's reason. */
  take(key: string): Promise<readonly LoggedEvent[]> {
    return this.#orFault(abortable(this.#options.replay.take(key), this.#options.signal));
  }

  /** Resolves when all has been given back. An abort rejects with the signal's reason. */
  ended(): Promise<void> {
    return this.#orFault(abortable(this.#options.replay.ended(), this.#options.signal));
  }

  async #orFault<Value>(work: Promise<Value>): Promise<Value> {
    const { journal, signal, onFault } = this.#options;
    try {
      return await work;
    } catch (error) {
      if (error instanceof NonDeterminism) onFault(error);
      else if (!signal.aborted) journal.close(toError(error));
      throw error;
    }
  }

  #differ(key: string, recorded: string, asked: string): never {
    const error = new NonDeterminism(key, recorded, asked);
    this.#options.onFault(error);
    throw error;
  }
}
