import type { Clock, StopTimer } from "../base/clock.ts";
import { afterReadyEvents } from "../base/event-loop.ts";
import type { LoggedEvent } from "../events/run-event.ts";
import { NonDeterminism } from "./non-determinism.ts";
import type { BegunStep, Release, TeamPast, ToldThing } from "./team-past.ts";

/**
 * How long a team may ask for something else than the log's next, with nothing happening, before that
 * counts as another course than the recorded one.
 */
const STUCK_MS = 2_000;

export interface ReplayOptions {
  readonly past: TeamPast;
  /** The event of a number in the log. */
  readonly read: (seq: number) => LoggedEvent;
  readonly clock: Clock;
  /** Aborted when the team has ended, as every team's is: then no timer is left. */
  readonly signal: AbortSignal;
}

type Waiting = PromiseWithResolvers<readonly LoggedEvent[]>;

/**
 * Owns: how far a resumed team has been given back what the log has of it. Does not own: the team, the log.
 * Invariants: 1. results and inputs are released in log order (S1); 2. one at a time: between two, all
 * code that is ready has run, so that code racing several steps sees the order of the first time;
 * 3. who asks for what the log has not is held until all is released, or told that it differs (S4); 4. what the
 * team has come to again is forgotten, so that a long past is not held for the rest of the run.
 */
export class Replay {
  readonly #options: ReplayOptions;
  /** What has yet to be released, the next one last. */
  readonly #releases: Release[];
  readonly #recorded: Set<string>;
  readonly #waiting = new Map<string, Waiting>();
  readonly #over = Promise.withResolvers<void>();
  #held = 0;
  #resting = false;
  #stopWatch: StopTimer = () => {};
  #failure: NonDeterminism | undefined;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#releases = options.past.releases.splice(0).toReversed();
    this.#recorded = new Set(this.#releases.map(({ key }) => key));
    this.#over.promise.catch(() => {});
    if (this.over) this.#over.resolve();
    if (!options.signal.aborted) options.signal.addEventListener("abort", () => this.#stopWatch(), { once: true });
  }

  /** Whether all has been released, and what follows from the last of it has been done: the team acts anew. */
  get over(): boolean {
    return this.#exhausted && !this.#resting;
  }

  /**
   * Whether the team is where it was: all has been released, and it has asked and told again all that the log says
   * it did. What comes earlier would change what it did then.
   */
  get caughtUp(): boolean {
    const { begun, told } = this.#options.past;
    return this.#exhausted && begun.size === 0 && told.size === 0;
  }

  get #exhausted(): boolean {
    return this.#releases.length === 0;
  }

  /** The tools that the team called and may have left something open in. */
  get tools(): ReadonlySet<string> {
    return this.#options.past.tools;
  }

  /** The team asks for a step: gives, once, what the log has begun under this key. */
  meetStep(key: string): BegunStep | undefined {
    return taken(this.#options.past.begun, key);
  }

  /** The team tells something: gives, once, what the log has it telling under this key. */
  meetTold(key: string): ToldThing | undefined {
    return taken(this.#options.past.told, key);
  }

  /** Whether the log has a step begun, something told or something given under this key. */
  knows(key: string): boolean {
    const { begun, told } = this.#options.past;
    return begun.has(key) || told.has(key) || this.has(key);
  }

  /** Whether the log has a result or inputs for this place. */
  has(key: string): boolean {
    return this.#recorded.has(key);
  }

  /** What the log has for this place, when its turn has come. Rejects with `NonDeterminism`. */
  take(key: string): Promise<readonly LoggedEvent[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.set(key, waiting);
    this.#advance();
    return waiting.promise;
  }

  /** Resolves when all has been released; until then nothing new may be begun. Rejects with `NonDeterminism`. */
  async ended(): Promise<void> {
    if (this.over) return;
    this.#held += 1;
    this.#watch();
    await this.#over.promise;
  }

  /** Releases the next one, once all code that is ready has run: the first time, a result took a commit at least. */
  #advance(): void {
    if (this.#resting) return;
    this.#resting = true;
    afterReadyEvents(() => {
      this.#resting = false;
      this.#release();
    });
  }

  #release(): void {
    const release = this.#releases.at(-1);
    if (!release) {
      this.#stopWatch();
      return this.#over.resolve();
    }
    const waiting = this.#waiting.get(release.key);
    if (!waiting) return this.#watch();
    this.#waiting.delete(release.key);
    this.#recorded.delete(release.key);
    this.#releases.pop();
    this.#stopWatch();
    this.#give(release, waiting);
    this.#advance();
  }

  #give(release: Release, waiting: Waiting): void {
    try {
      waiting.resolve(release.events.map((each) => (typeof each === "number" ? this.#options.read(each) : each)));
    } catch (error) {
      waiting.reject(error);
    }
  }

  /** Somebody waits, and not for the log's next: if that stays so, the team goes another way than it went. */
  #watch(): void {
    this.#stopWatch();
    if (this.#options.signal.aborted) return;
    if (this.#waiting.size + this.#held === 0) return;
    const left = this.#releases.length;
    this.#stopWatch = this.#options.clock.timer(STUCK_MS, () => {
      if (this.#releases.length === left && !this.#resting) this.#fail();
    });
  }

  #fail(): void {
    const expected = this.#releases.at(-1)?.key ?? "";
    const recorded = this.#options.past.begun.get(expected)?.title ?? "something";
    const asked = [...this.#waiting.keys()].at(0);
    const does = asked === undefined ? "begins something else without asking for it" : `waits for ${asked} instead`;
    const failure = new NonDeterminism(expected, `${recorded} next`, does);
    this.#failure = failure;
    for (const waiting of this.#waiting.values()) waiting.reject(failure);
    this.#waiting.clear();
    this.#over.reject(failure);
  }
}

function taken<Value>(map: Map<string, Value>, key: string): Value | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
