import { hash } from "node:crypto";

/**
 * Chance that depends only on its name: what is drawn for one thing does not move what is drawn for another,
 * whatever the order of the draws.
 */
export class Chance {
  readonly #name: string;
  #state: number;

  constructor(name: string) {
    this.#name = name;
    this.#state = Number.parseInt(hash("sha256", name).slice(0, 8), 16);
  }

  /** Chance of its own for one thing. */
  of(...names: readonly (string | number)[]): Chance {
    return new Chance([this.#name, ...names].join("/"));
  }

  /** In [0, 1): mulberry32. */
  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  happens(probability: number): boolean {
    return this.number() < probability;
  }

  /** A whole number from `least` to `most`, both possible. */
  between(least: number, most: number): number {
    return least + Math.floor(this.number() * (most - least + 1));
  }

  /** Mostly small, now and then large: what takes long and what takes no time meet. */
  milliseconds(most: number): number {
    return Math.floor(this.number() ** 3 * most);
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[Math.floor(this.number() * values.length)];
    if (value === undefined) throw new Error("There is nothing to pick from.");
    return value;
  }

  /** One of the values, each as often as its weight says. */
  weigh<Value>(...values: readonly (readonly [number, Value])[]): Value {
    let left = this.number() * values.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of values) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new Error("There is nothing to weigh.");
  }
}
