import type { Clock, StopTimer } from "../../base/clock.ts";
import { announcedLimits } from "./limit-headers.ts";
import { costOfCall, minus, NO_COST, type CallCost } from "./meter-name.ts";
import type { OwnLimits } from "./own-limits.ts";
import type { PaceBoard } from "./pace-board.ts";
import { MEMBER_LAPSES_MS, type PaceState } from "./pace-state.ts";
import type { PaceRequest, Place, SpentTokens } from "./place.ts";
import { RateLimited } from "./rate-limited.ts";
import { accepted, refused, type Refusal } from "./refusal.ts";
import { correctCall, spendCall, takeAnnounced, visit, type Asking, type Sight, type Stamp } from "./visit.ts";
import { WaitingCalls, type WaitingCall } from "./waiting-calls.ts";

export interface PaceLaneOptions {
  readonly key: string;
  readonly member: string;
  readonly board: PaceBoard;
  readonly clock: Clock;
  readonly limits: OwnLimits;
  readonly longestPauseMs: number;
}

/** So long a look at a costly board is good, where nothing is short and nobody else is there. */
const LOOK_GOOD_MS = 1000;
/** Whoever waits looks again after so long, though nothing be due: others may have changed something. */
const LOOK_AGAIN_MS = 1000;
/** The same where others must give back a place first. */
const LOOK_AGAIN_FOR_PLACE_MS = 100;
/** A reply is taken to be so long until replies have been seen. */
const FIRST_OUTPUT_TOKENS = 500;
const SMOOTHING = 0.1;

type Change = (state: PaceState) => void;

/**
 * One provider's calls of one run. Owns, of these, what `Pacer` says it owns of all: who waits, how many are under way,
 * the one timer; and what the board is still to be told. Does not own: the limits, which the board has.
 * Invariants: 1. after `dispose` the board is not looked at and no timer is set; 2. one timer at the most.
 */
export class PaceLane {
  readonly #options: PaceLaneOptions;
  readonly #waiting = new WaitingCalls();
  /** What the board is told when it is looked at next. */
  #untold: Change[] = [];
  #inFlight = 0;
  #outputTokens = FIRST_OUTPUT_TOKENS;
  #seen: { readonly at: number; readonly sight: Sight } | undefined;
  #stopTimer: StopTimer | undefined;
  /** The run has ended: its last calls leave, and nobody looks at a board that is closed. */
  #isOver = false;
  #toldToWait = new WeakSet<WaitingCall>();

  constructor(options: PaceLaneOptions) {
    this.#options = options;
  }

  enter(request: PaceRequest): Promise<Place> {
    const { signal, inputTokens, outputTokens = Math.ceil(this.#outputTokens), team, again, onWait } = request;
    if (signal.aborted) return Promise.reject(signal.reason);
    const cost = costOfCall(inputTokens, outputTokens);
    if (this.#isOver || this.#mayGoUnseen()) return Promise.resolve(this.#goUnseen(cost));
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.remove(call);
        reject(signal.reason);
        this.#look();
      };
      const settle = () => signal.removeEventListener("abort", onAbort);
      signal.addEventListener("abort", onAbort, { once: true });
      const call: WaitingCall = {
        cost,
        go: (stamp) => {
          settle();
          resolve(this.#placeOf(cost, () => stamp));
        },
        fail: (error) => {
          settle();
          reject(error);
        },
        ...(onWait ? { onWait } : {}),
      };
      this.#waiting.add(team, again, call);
      this.#look();
    });
  }

  /** Tells what is untold, and that nobody is here any more. */
  dispose(): void {
    this.#stop();
    this.#isOver = true;
    if (!this.#seen) return;
    const { board, key, member, clock } = this.#options;
    board.update(key, clock.now(), (state) => {
      for (const change of this.#untold.splice(0)) change(state);
      delete state.members[member];
      state.queue = state.queue.filter((ticket) => ticket.member !== member);
    });
  }

  /** Nothing was short a moment ago, and nobody else was there: no need to look. */
  #mayGoUnseen(): boolean {
    const { board, clock } = this.#options;
    if (!board.isCostly || !this.#seen || this.#waiting.size > 0) return false;
    const { at, sight } = this.#seen;
    const age = clock.now() - at;
    return sight.isAmple && !sight.others && age >= 0 && age < LOOK_GOOD_MS;
  }

  #goUnseen(cost: CallCost): Place {
    const now = this.#options.clock.now();
    let stamp: Stamp | undefined;
    this.#inFlight += 1;
    this.#untold.push((state) => {
      stamp = spendCall(state, cost, now, false);
    });
    return this.#placeOf(cost, () => stamp ?? { at: now, spent: NO_COST });
  }

  /** Looks at the board: tells it what it does not know, queues what waits, lets go what may. */
  #look(): void {
    if (this.#isOver) return;
    const { board, key, member, clock, limits, longestPauseMs } = this.#options;
    const now = clock.now();
    const going: { readonly call: WaitingCall; readonly stamp: Stamp }[] = [];
    let failing: readonly WaitingCall[] = [];
    const visitor = {
      member,
      now,
      limits,
      inFlight: this.#inFlight,
      heads: (): readonly Asking[] => this.#waiting.heads(),
      admit: (id: number, stamp: Stamp) => {
        const call = this.#waiting.take(id);
        if (call) going.push({ call, stamp });
      },
    };
    const sight = board.update(key, now, (state) => {
      state.members[member] = { seen: now, inFlight: this.#inFlight };
      for (const change of this.#untold.splice(0)) change(state);
      if (state.pausedUntil - now > longestPauseMs) failing = this.#waiting.takeAll();
      return visit(state, visitor);
    });
    this.#inFlight = visitor.inFlight;
    this.#seen = { at: now, sight };
    this.#schedule(now, sight);
    for (const { call, stamp } of going) call.go(stamp);
    for (const call of failing) call.fail(new RateLimited(sight.pausedUntil - now, sight.pauseReason));
    this.#tellWaits(now, sight);
  }

  /** Sets the one timer: for the first that may go, or to be seen while calls are under way that are counted. */
  #schedule(now: number, { readyAt, isFull, hasConcurrencyLimit }: Sight): void {
    this.#stop();
    const longest = isFull ? LOOK_AGAIN_FOR_PLACE_MS : LOOK_AGAIN_MS;
    if (readyAt !== undefined) {
      const wait = readyAt > now ? Math.min(readyAt - now, longest) : longest;
      // Whole milliseconds: the clock tells no others, and one too early would look in vain.
      this.#setTimer(Math.max(1, Math.ceil(wait)));
    } else if (hasConcurrencyLimit && this.#inFlight > 0) this.#setTimer(MEMBER_LAPSES_MS / 3);
  }

  #setTimer(milliseconds: number): void {
    this.#stopTimer = this.#options.clock.timer(milliseconds, () => {
      this.#stopTimer = undefined;
      this.#look();
    });
  }

  #stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #tellWaits(now: number, { waits, isFull }: Sight): void {
    for (const { id, call } of this.#waiting.heads()) {
      const ready = waits.get(id);
      if (ready === undefined || this.#toldToWait.has(call)) continue;
      this.#toldToWait.add(call);
      call.onWait?.(isFull ? 0 : Math.max(0, Math.round(ready - now)));
    }
  }

  #placeOf(cost: CallCost, stamp: () => Stamp): Place {
    const { clock } = this.#options;
    return {
      connected: (headers) => {
        const announced = announcedLimits(headers, clock.now());
        this.#untold.push((state) => {
          accepted(state, 1, stamp().at);
          if (announced) takeAnnounced(state, announced, stamp());
        });
        const isShort = Object.values(announced ?? {}).some(({ limit, remaining }) => remaining < limit / 2);
        if (isShort && this.#seen?.sight.isAmple) this.#look();
      },
      leave: (used) => {
        this.#inFlight -= 1;
        if (used) this.#settle(cost, used, stamp);
        this.#left();
      },
      refuse: (refusal: Refusal) => {
        this.#untold.push((state) => refused(state, refusal, cost, stamp(), clock.now()));
        this.#inFlight -= 1;
        this.#look();
      },
    };
  }

  #settle(cost: CallCost, used: SpentTokens, stamp: () => Stamp): void {
    this.#outputTokens += SMOOTHING * (used.outputTokens - this.#outputTokens);
    // What is read from a provider's cache counts little or nothing there; we count it, which errs on the safe side.
    const real = costOfCall(used.inputTokens, used.outputTokens);
    const delta = minus(real, cost);
    if (delta.tokens !== 0) this.#untold.push((state) => correctCall(state, delta, stamp().at));
  }

  /** A place is free: whoever waits for one gets it at once. */
  #left(): void {
    const sight = this.#seen?.sight;
    if (this.#waiting.size > 0 || (sight?.hasConcurrencyLimit && (sight.others || this.#inFlight === 0))) this.#look();
  }
}
