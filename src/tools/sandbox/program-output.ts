import { KeptOutput } from "./kept-output.ts";
import { TerminalText } from "./terminal-text.ts";
import { WholeLines } from "./whole-lines.ts";

/** `all` where a program's output and complaints come in one stream; else which of the two it is. */
export type OutputStream = "all" | "output" | "complaints";

export interface ProgramOutputOptions {
  /** Bytes that are kept; more is left out of the middle. */
  readonly keptBytes: number;
  /** Characters that are shown as they come; more is not. */
  readonly shownLength: number;
  readonly show: ((text: string) => void) | undefined;
}

/**
 * Owns: what a program printed, as text for people and models: what is kept of it and what is shown live.
 * Does not own: the pipes it comes by. Invariants: 1. no control sequence gets through; 2. two streams are
 * told as one in whole lines; 3. memory does not grow with what is printed.
 */
export class ProgramOutput {
  readonly #options: ProgramOutputOptions;
  readonly #kept: KeptOutput;
  readonly #keptOutput: KeptOutput;
  readonly #texts = new Map<OutputStream, TerminalText>();
  readonly #lines = new Map<OutputStream, WholeLines>();
  #complained = false;
  #shown = 0;

  constructor(options: ProgramOutputOptions) {
    this.#options = options;
    this.#kept = new KeptOutput(options.keptBytes);
    this.#keptOutput = new KeptOutput(options.keptBytes);
  }

  /** Bytes of text so far, kept or not. */
  get total(): number {
    return this.#kept.total;
  }

  get cut(): boolean {
    return this.#kept.cut;
  }

  /** All of it, in the order in which it came. */
  text(): string {
    return this.#kept.text();
  }

  /** What came as output alone, where it came apart and there were complaints as well. */
  outputAlone(): string | undefined {
    return this.#complained ? this.#keptOutput.text() : undefined;
  }

  push(bytes: Uint8Array, stream: OutputStream, isShown: boolean): void {
    const text = inMap(this.#texts, stream, () => new TerminalText()).push(bytes);
    this.#add(stream === "all" ? text : this.#linesOf(stream).push(text), stream, isShown);
  }

  /** Nothing comes any more: what was held back is kept as well. */
  end(isShown: boolean): void {
    for (const [stream, text] of this.#texts) {
      const rest = text.end();
      const lines = stream === "all" ? rest : this.#linesOf(stream).push(rest) + this.#linesOf(stream).end();
      this.#add(lines, stream, isShown);
    }
  }

  #linesOf(stream: OutputStream): WholeLines {
    return inMap(this.#lines, stream, () => new WholeLines());
  }

  #add(text: string, stream: OutputStream, isShown: boolean): void {
    if (text === "") return;
    this.#kept.add(text);
    if (stream === "output") this.#keptOutput.add(text);
    else if (stream === "complaints") this.#complained = true;
    const { show, shownLength } = this.#options;
    if (!show || !isShown || this.#shown > shownLength) return;
    this.#shown += text.length;
    show(this.#shown > shownLength ? `${text.slice(0, shownLength)}\n[…]\n` : text);
  }
}

function inMap<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
