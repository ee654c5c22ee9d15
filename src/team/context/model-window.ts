/** Of the window, so much is left for the reply where a call does not say how long it may be. */
const REPLY_SHARE = 1 / 6;
const LONGEST_REPLY = 8_192;
/** How much more than estimated a prompt may turn out to be, beyond what was seen so far. */
const MARGIN = 1.08;
/** An estimate is not trusted to be too high by more than this, whatever was counted so far. */
const LOWEST_RATIO = 0.9;
/** A prompt so short is mostly frame, and says little of others. */
const SHORTEST_TELLING = 150;
/** A prompt that was refused without a number said was too long by at least this. */
const AFTER_REFUSAL = 0.75;
const SMALLEST = 512;

/** What is taken of a model whose window nobody knows: most served today have more, and one that has less says so. */
export const UNKNOWN_WINDOW = 32_768;

/**
 * What one team knows of one model's window.
 * Owns: its size, and by how much prompts turn out longer than estimated. Does not own: what is asked.
 * Invariants: 1. it changes by recorded results alone, so that a resumed team keeps within the same (S1); 2. the
 * window only ever gets smaller; 3. the highest ratio that was seen holds for all that follows.
 */
export class ModelWindow {
  #tokens: number;
  #ratio: number | undefined;

  /** `tokens`: prompt and reply together. */
  constructor(tokens: number = UNKNOWN_WINDOW) {
    this.#tokens = tokens;
  }

  /** Prompt and reply together, in tokens as the model counts them. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Estimated tokens that a prompt may have, beside a reply of `replyTokens`. */
  room(replyTokens?: number): number {
    const reply =
      replyTokens === undefined
        ? Math.min(LONGEST_REPLY, this.#tokens * REPLY_SHARE)
        : Math.min(replyTokens, this.#tokens / 2);
    return Math.floor((this.#tokens - reply) / (this.#ratioOrOne * MARGIN));
  }

  /** A prompt of this estimate had so many tokens by the provider's count. */
  counted(estimate: number, tokens: number): void {
    if (estimate < SHORTEST_TELLING || tokens <= 0) return;
    this.#ratio = Math.max(this.#ratio ?? LOWEST_RATIO, tokens / estimate);
  }

  /** A prompt of this estimate was refused as too long, in these words. */
  refused(estimate: number, words: string): void {
    const named = namedWindow(words);
    if (named !== undefined) this.#tokens = Math.min(this.#tokens, Math.max(SMALLEST, named));
    const next = Math.max(1, estimate * AFTER_REFUSAL);
    // Of a window that was known already, or that nobody named, the estimate was too low.
    if (this.room() > next) this.#ratio = (this.#ratioOrOne * this.room()) / next;
  }

  get #ratioOrOne(): number {
    return this.#ratio ?? 1;
  }
}

const NUMBER = String.raw`[^\d]{0,12}(\d[\d,]{2,})`;
/**
 * How endpoints name a window where they refuse a prompt, what it is beside first: the prompt's own size is no window.
 */
const NAMED: readonly RegExp[] = [
  new RegExp(String.raw`max(?:imum)? (?:context|prompt|input|model|number)[\w ]*?(?:is|of|allowed|:)${NUMBER}`, "i"),
  />\s*(\d[\d,]{2,})/,
  /<=\s*(\d[\d,]{2,})/,
  /(\d[\d,]{2,}) maximum/i,
  new RegExp(String.raw`context (?:length|size|window|limit)(?: of only| of| is)?${NUMBER}`, "i"),
  /takes (\d[\d,]{2,})/,
];

function namedWindow(words: string): number | undefined {
  for (const pattern of NAMED) {
    const found = Number(pattern.exec(words)?.[1]?.replaceAll(",", ""));
    if (Number.isFinite(found)) return found;
  }
  return undefined;
}
