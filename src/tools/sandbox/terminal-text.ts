const ESCAPE = String.raw`\u001b`;
const CSI = String.raw`(?:${ESCAPE}\[|\u009b)[0-?]*[ -/]*`;
/** What starts a string for the terminal (OSC, DCS, …), up to its end. */
const STRING = String.raw`${ESCAPE}[\]PX^_][^\u0007\u001b\u009c]*`;
const SHORT = String.raw`${ESCAPE}[ -/]*`;

/** What a terminal obeys instead of showing it. */
const SEQUENCE = new RegExp(
  String.raw`${CSI}[@-~]|${STRING}(?:\u0007|${ESCAPE}\\|\u009c)|${SHORT}[0-OQ-WYZ\\\u0060-~]`,
  "g",
);
/** The beginning of one at the end of what has come, or half a line end. */
const UNFINISHED = new RegExp(String.raw`(?:${CSI}|${STRING}${ESCAPE}?|${SHORT}|\r)$`);
const CONTROL = /[^\P{Cc}\n\t]/gu;
/** A longer one is not waited for: it would let a program hide all its output. */
const LONGEST_SEQUENCE = 1024;

/**
 * Owns: the way from a program's bytes to text for people and models. Does not own: how much is kept.
 * Invariants: 1. however the bytes are cut into chunks, the text is the same; 2. nothing in it controls
 * a terminal: only line feeds and tabs are left; 3. bytes that are not UTF-8 become U+FFFD.
 */
export class TerminalText {
  readonly #decoder = new TextDecoder("utf-8");
  #held = "";

  push(bytes: Uint8Array): string {
    return this.#clean(this.#decoder.decode(bytes, { stream: true }), false);
  }

  /** What was held back in case more would come. */
  end(): string {
    return this.#clean(this.#decoder.decode(), true);
  }

  #clean(more: string, last: boolean): string {
    const text = (this.#held + more).replace(SEQUENCE, "");
    const unfinished = UNFINISHED.exec(text);
    const held =
      !last && unfinished && text.length - unfinished.index <= LONGEST_SEQUENCE ? unfinished.index : text.length;
    this.#held = text.slice(held);
    return text.slice(0, held).replace(/\r\n?/g, "\n").replace(CONTROL, "");
  }
}

/** A whole text without control sequences. */
export function plainText(text: string): string {
  const terminal = new TerminalText();
  return terminal.push(Buffer.from(text)) + terminal.end();
}
