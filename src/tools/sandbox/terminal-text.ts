/** In which part of a control sequence a terminal would be; `return`: after a carriage return. */
type State = "text" | "return" | "escape" | "parameters" | "string" | "string-escape";

const ESCAPE = 0x1b;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/**
 * `ESC P`, `ESC X`, `ESC ]`, `ESC ^` and `ESC _` begin strings for the terminal, and so do their one-character forms.
 */
const STRING_STARTS = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f, 0x90, 0x98, 0x9d, 0x9e, 0x9f]);
/** A control character other than line feed and tab. */
const CONTROL = /[^\P{Cc}\n\t]/u;
/** A longer one is not believed: it would let a program hide all its output. */
const LONGEST_SEQUENCE = 1024;

/**
 * Owns: the way from a program's bytes to text for people and models. Does not own: how much is kept.
 * Invariants: 1. however the bytes are cut into chunks, the text is the same; 2. nothing in it controls
 * a terminal: only line feeds and tabs are left; 3. bytes that are not UTF-8 become U+FFFD.
 */
export class TerminalText {
  readonly #decoder = new TextDecoder("utf-8");
  #state: State = "text";
  /** Characters of the sequence under way. */
  #length = 0;

  push(bytes: Uint8Array): string {
    return this.#clean(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What was held back in case more would come. */
  end(): string {
    return this.#clean(this.#decoder.decode());
  }

  #clean(given: string): string {
    // Most output is plain, and some is much.
    if (this.#state === "text" && !CONTROL.test(given)) return given;
    return given
      .split(/(?<=\n)/)
      .map((line) => (this.#state === "text" && !CONTROL.test(line) ? line : this.#each(line)))
      .join("");
  }

  #each(text: string): string {
    let clean = "";
    for (const character of text) clean += this.#take(character, character.codePointAt(0) ?? 0);
    return clean;
  }

  /** What is shown of a character: itself, a line feed for the end of a line, or nothing. */
  #take(character: string, code: number): string {
    if (this.#state === "return") {
      this.#state = "text";
      if (code === LINE_FEED) return "";
    }
    if (this.#state !== "text" && this.#obeys(code)) return "";
    if (code === ESCAPE) return this.#begin("escape");
    if (code === 0x9b) return this.#begin("parameters");
    if (STRING_STARTS.has(code) && code > 0x7f) return this.#begin("string");
    if (code === CARRIAGE_RETURN) this.#state = "return";
    if (code === CARRIAGE_RETURN || code === LINE_FEED) return "\n";
    return code === 0x09 || !isControl(code) ? character : "";
  }

  #begin(state: State): string {
    this.#state = state;
    this.#length = 0;
    return "";
  }

  /** Whether a character belongs to the sequence under way. If not, the sequence is over. */
  #obeys(code: number): boolean {
    this.#length += 1;
    const next = this.#length > LONGEST_SEQUENCE ? undefined : nextState(this.#state, code);
    this.#state = next ?? "text";
    return next !== undefined;
  }
}

/** Where a sequence goes on, `text` where this is its last character; undefined where it does not belong to it. */
function nextState(state: State, code: number): State | undefined {
  const isPrintable = code >= 0x20 && code <= 0x7e;
  switch (state) {
    case "string-escape":
      return code === 0x5c ? "text" : nextState("escape", code);
    case "string":
      if (code === 0x07 || code === 0x9c) return "text";
      return code === ESCAPE ? "string-escape" : "string";
    case "parameters":
      if (!isPrintable) return undefined;
      return code < 0x40 ? "parameters" : "text";
    default:
      if (!isPrintable) return undefined;
      if (code === 0x5b) return "parameters";
      if (STRING_STARTS.has(code)) return "string";
      return code < 0x30 ? "escape" : "text";
  }
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

/** A whole text without control sequences. */
export function plainText(text: string): string {
  const terminal = new TerminalText();
  return terminal.push(Buffer.from(text)) + terminal.end();
}
