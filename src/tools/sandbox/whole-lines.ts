/** A line longer than this is not waited for any more. */
const LONGEST_LINE = 8 * 1024;

/**
 * Text that comes in pieces, given on in whole lines, so that two streams can be told as one without a line
 * of one in the middle of a line of the other. Owns: the line that was begun. Invariant: all that comes is given on
 * once, in order; a line longer than the longest in pieces.
 */
export class WholeLines {
  #begun = "";

  /** What is whole by now, with its line feeds; often nothing. */
  push(text: string): string {
    const all = this.#begun + text;
    const end = all.lastIndexOf("\n") + 1;
    this.#begun = all.slice(end);
    return this.#begun.length > LONGEST_LINE ? all.slice(0, end) + this.end() : all.slice(0, end);
  }

  /** The line that was begun and not ended; it is ended here. */
  end(): string {
    const rest = this.#begun === "" ? "" : `${this.#begun}\n`;
    this.#begun = "";
    return rest;
  }
}
