import type { Clock, StopTimer } from "../base/clock.ts";
import { AttemptFailed } from "./attempt-failed.ts";

/** How long each part of one attempt may take, in milliseconds. */
export interface ModelTimeouts {
  /** From the request to the response's headers. Servers that load a model first need minutes. */
  readonly headersMs: number;
  /** From the headers to the first token, hidden reasoning included. */
  readonly firstTokenMs: number;
  /** From one token to the next. */
  readonly idleMs: number;
  /** The whole attempt. */
  readonly attemptMs: number;
}

export const DEFAULT_TIMEOUTS: ModelTimeouts = {
  headersMs: 180_000,
  firstTokenMs: 180_000,
  idleMs: 90_000,
  attemptMs: 1_200_000,
};

/** A model that does not heed its abort is given up after so long; whoever asks what still lives hears of it before. */
const DEAF_MS = 1_000;

type Phase = "headers" | "first token" | "next token";

/**
 * Owns: the timeouts of one attempt. Does not own: the request, which `onLate` cuts.
 * Invariants: 1. `onLate` is called at most once, never after `dispose`; 2. at most one timer is
 * set, and a token sets none: a stream of thousands costs no more than one of three.
 */
export class StreamWatch implements Disposable {
  readonly #clock: Clock;
  readonly #timeouts: ModelTimeouts;
  readonly #onLate: (failure: AttemptFailed) => void;
  readonly #began: number;
  #phase: Phase = "headers";
  /** When the newest sign of life came. */
  #last: number;
  #stop: StopTimer = () => {};

  constructor(clock: Clock, timeouts: ModelTimeouts, onLate: (failure: AttemptFailed) => void) {
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#onLate = onLate;
    this.#began = this.#last = clock.monotonic();
    this.#arm();
  }

  connected(): void {
    this.#enter("first token");
  }

  progressed(): void {
    if (this.#phase === "next token") this.#last = this.#clock.monotonic();
    else this.#enter("next token");
  }

  /** The call was aborted: it is to end now. */
  aborted(): void {
    this.#stop();
    this.#stop = this.#clock.timer(DEAF_MS, () => this.#onLate(this.#failure(false)));
  }

  dispose(): void {
    this.#stop();
    this.#stop = () => {};
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#last = this.#clock.monotonic();
    this.#arm();
  }

  #arm(): void {
    this.#stop();
    this.#stop = this.#clock.timer(this.#due() - this.#clock.monotonic(), () => this.#check());
  }

  #check(): void {
    const now = this.#clock.monotonic();
    if (now < this.#due()) return this.#arm();
    this.#onLate(this.#failure(now >= this.#began + this.#timeouts.attemptMs));
  }

  #due(): number {
    return Math.min(this.#last + this.#limit(), this.#began + this.#timeouts.attemptMs);
  }

  #limit(): number {
    if (this.#phase === "headers") return this.#timeouts.headersMs;
    return this.#phase === "first token" ? this.#timeouts.firstTokenMs : this.#timeouts.idleMs;
  }

  #failure(whole: boolean): AttemptFailed {
    const message = whole
      ? `The model's reply took longer than ${seconds(this.#timeouts.attemptMs)}.`
      : `The model's ${this.#phase === "headers" ? "response" : this.#phase} didn't come within ${seconds(this.#limit())}.`;
    return new AttemptFailed("model-timeout", message, {
      hint: "The endpoint hangs or is overloaded; try again later or use another model.",
      retryable: true,
      billed: true,
    });
  }
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
