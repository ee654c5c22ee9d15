import { MOST_CHARACTERS } from "./parse-limits.ts";

/** Owns: the lines of a document as far as they are kept. Invariant: never more than the bound. */
export class BoundedText {
  readonly #most: number;
  readonly #lines: string[] = [];
  #characters = 0;
  #full = false;

  constructor(most = MOST_CHARACTERS) {
    this.#most = most;
  }

  /** Whether something had to be left out. */
  get isFull(): boolean {
    return this.#full;
  }

  get characters(): number {
    return this.#characters;
  }

  /** Keeps a line; false where there is no more room. */
  add(line: string): boolean {
    if (this.#full || this.#characters + line.length + 1 > this.#most) {
      this.#full = true;
      return false;
    }
    this.#lines.push(line);
    this.#characters += line.length + 1;
    return true;
  }

  toString(): string {
    return this.#lines.join("\n");
  }
}
