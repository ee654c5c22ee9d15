import type { Clock, StopTimer } from "../base/clock.ts";
import { afterReadyEvents } from "../base/event-loop.ts";
import type { LoggedEvent } from "../events/run-event.ts";
import { NonDeterminism } from "./non-determinism.ts";
import type { BegunStep, Release, TeamPast } from "./team-past.ts";

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
 * 3. who asks for what the log has not is held until all is released, or told that it differs (S4).
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #recorded: ReadonlySet<string>;
  readonly #waiting = new Map<string, Waiting>();
  readonly #over = Promise.withResolvers<void>();
  #next = 0;
  /** Steps begun and things told that the team has not come to again. */
  #ahead: number;
  #held = 0;
  #resting = false;
  #stopWatch: StopTimer = () => {};
  #failure: NonDeterminism | undefined;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#ahead = options.past.begun.size + options.past.told.size;
    this.#recorded = new Set(options.past.releases.map(({ key }) => key));
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
    return this.#exhausted && this.#ahead === 0;
  }

  get #exhausted(): boolean {
    return this.#next >= this.#options.past.releases.length;
  }

  /** The team asks or tells something again that the log has it doing. */
  meets(): void {
    this.#ahead -= 1;
  }

  /** The tools that the team called and may have left something open in. */
  get tools(): ReadonlySet<string> {
    return this.#options.past.tools;
  }

  begun(key: string): BegunStep | undefined {
    return this.#options.past.begun.get(key);
  }

  told(key: string): { readonly type: string; readonly hash: string } | undefined {
    return this.#options.past.told.get(key);
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
    const release = this.#options.past.releases[this.#next];
    if (!release) {
      this.#stopWatch();
      return this.#over.resolve();
    }
    const waiting = this.#waiting.get(release.key);
    if (!waiting) return this.#watch();
    this.#waiting.delete(release.key);
    this.#next += 1;
    this.#stopWatch();
    this.#give(release, waiting);
    this.#advance();
  }

  #give(release: Release, waiting: Waiting): void {
    try {
      waiting.resolve(release.seqs.map((seq) => this.#options.read(seq)));
    } catch (error) {
      waiting.reject(error);
    }
  }

  /** Somebody waits, and not for the log's next: if that stays so, the team goes another way than it went. */
  #watch(): void {
    this.#stopWatch();
    if (this.#options.signal.aborted) return;
    if (this.#waiting.size + this.#held === 0) return;
    const at = this.#next;
    this.#stopWatch = this.#options.clock.timer(STUCK_MS, () => {
      if (this.#next === at && !this.#resting) this.#fail();
    });
  }

  #fail(): void {
    const { past } = this.#options;
    const expected = past.releases[this.#next]?.key ?? "";
    const recorded = past.begun.get(expected)?.title ?? "an input";
    const asked = [...this.#waiting.keys()].at(0);
    const does = asked === undefined ? "begins something else without asking for it" : `waits for ${asked} instead`;
    const failure = new NonDeterminism(expected, `${recorded} next`, does);
    this.#failure = failure;
    for (const waiting of this.#waiting.values()) waiting.reject(failure);
    this.#waiting.clear();
    this.#over.reject(failure);
  }
}
