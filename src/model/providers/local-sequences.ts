import { M1Error } from "../../base/errors.ts";

/** What of a native sequence matters for choosing one. */
interface HoldsTokens {
  /** The tokens whose evaluation it still holds. */
  readonly contextTokens: readonly number[];
}

interface Place<Sequence> {
  readonly sequence: Sequence;
  busy: boolean;
  lastUse: number;
}

interface Waiter<Sequence> {
  readonly asker: number | undefined;
  readonly prompt: readonly number[];
  readonly grant: (sequence: Sequence) => void;
}

/**
 * Hands the sequences of a context to calls.
 * Owns: who has which, and the queue of those who wait. Does not own: the sequences' memory.
 * Invariants: 1. a sequence serves one call at a time; 2. who waits is served in turns by asker, in
 * order of arrival within one; 3. of the free sequences the one that holds most of the prompt's
 * beginning is given, among equals the one unused for longest, so that a team meets its own again.
 */
export class SequencePool<Sequence extends HoldsTokens> {
  readonly #places: readonly Place<Sequence>[];
  #waiting: Waiter<Sequence>[] = [];
  /** When each asker was last served, as a count of uses. */
  readonly #served = new Map<number | undefined, number>();
  #uses = 0;

  constructor(sequences: readonly Sequence[]) {
    this.#places = sequences.map((sequence) => ({ sequence, busy: false, lastUse: 0 }));
  }

  /** Waits for a sequence for `prompt`. An abort leaves the queue and rejects with the signal's reason. */
  acquire(asker: number | undefined, prompt: readonly number[], signal: AbortSignal): Promise<Sequence> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const free = this.#best(prompt);
      if (free) return resolve(this.#take(free, asker));
      const leave = () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiter);
        reject(signal.reason);
      };
      const waiter: Waiter<Sequence> = {
        asker,
        prompt,
        grant: (sequence) => {
          signal.removeEventListener("abort", leave);
          resolve(sequence);
        },
      };
      this.#waiting.push(waiter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** Gives a sequence back; nothing of its call may be evaluating any more. */
  release(sequence: Sequence): void {
    const place = this.#places.find((each) => each.sequence === sequence);
    if (!place?.busy) throw new M1Error("sequence-not-held", "A sequence was given back that nobody had.");
    place.busy = false;
    const next = this.#longestUnserved();
    if (!next) return;
    this.#waiting = this.#waiting.filter((each) => each !== next);
    next.grant(this.#take(place, next.asker));
  }

  #longestUnserved(): Waiter<Sequence> | undefined {
    const served = ({ asker }: Waiter<Sequence>) => this.#served.get(asker) ?? 0;
    return this.#waiting.reduce<Waiter<Sequence> | undefined>(
      (chosen, each) => (chosen && served(chosen) <= served(each) ? chosen : each),
      undefined,
    );
  }

  #best(prompt: readonly number[]): Place<Sequence> | undefined {
    let best: { readonly place: Place<Sequence>; readonly held: number } | undefined;
    for (const place of this.#places) {
      if (place.busy) continue;
      const held = commonBeginning(place.sequence.contextTokens, prompt);
      if (!best || held > best.held || (held === best.held && place.lastUse < best.place.lastUse))
        best = { place, held };
    }
    return best?.place;
  }

  #take(place: Place<Sequence>, asker: number | undefined): Sequence {
    this.#uses += 1;
    place.busy = true;
    place.lastUse = this.#uses;
    this.#served.set(asker, this.#uses);
    return place.sequence;
  }
}

function commonBeginning(left: readonly number[], right: readonly number[]): number {
  const length = Math.min(left.length, right.length);
  let count = 0;
  while (count < length && left[count] === right[count]) count += 1;
  return count;
}
