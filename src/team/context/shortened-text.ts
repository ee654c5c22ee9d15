import { estimateTokens } from "../../steps/prompt-size.ts";

/** Of what is kept, so much is the beginning: what a text is about stands there, how it ended at its end. */
const HEAD_SHARE = 0.6;
/** A cut moves back to the line's end where that costs no more than this share of what is kept. */
const LINE_SHARE = 0.15;

/** Where pieces meet, a word may be counted on both sides. */
const JOINTS = 2;
/** With less than this around it, a note is of no use. */
const LEAST = 8;

/** A text's beginning and end within so many tokens, and between them what `note` says of the characters left out. */
export function shortenedText(text: string, tokens: number, note: (left: number) => string): string {
  if (fits(text, tokens)) return text;
  const room = tokens - estimateTokens(note(text.length)) - JOINTS;
  if (room < LEAST) return headWithin(text, tokens);
  const head = atLineEnd(headWithin(text, room * HEAD_SHARE));
  const tail = tailWithin(text.slice(head.length), room * (1 - HEAD_SHARE));
  return `${head}${note(text.length - head.length - tail.length)}${tail}`;
}

/** Whether a text takes no more than so many tokens. Of one that surely takes more, not all is looked at. */
function fits(text: string, tokens: number): boolean {
  // A token has rarely more than a dozen characters: runs of spaces apart, which the estimate takes as one.
  if (text.length > 40 * tokens + 1_000) return false;
  return estimateTokens(text) <= tokens;
}

/** The longest beginning that surely takes no more than so many tokens, or nearly that. */
function headWithin(text: string, tokens: number): string {
  return within(text, tokens, (length) => text.slice(0, notInPair(text, length)));
}

function tailWithin(text: string, tokens: number): string {
  return within(text, tokens, (length) => text.slice(notInPair(text, text.length - length)));
}

function within(text: string, tokens: number, part: (length: number) => string): string {
  let length = Math.min(text.length, Math.floor(tokens * 6));
  for (;;) {
    const piece = part(length);
    const size = estimateTokens(piece);
    if (size <= tokens) return piece;
    length = Math.min(Math.floor((length * tokens) / size), length - 1);
  }
}

function atLineEnd(head: string): string {
  const end = head.lastIndexOf("\n");
  return end > head.length * (1 - LINE_SHARE) ? head.slice(0, end) : head;
}

/** A place in a text that parts no pair of surrogates. */
function notInPair(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}
