import type { LlamaContextSequence, LlamaGrammarEvaluationState, LlamaModel, Token } from "node-llama-cpp";
import type { FinishReason } from "../../events/model-call.ts";
import type { StreamOptions, StreamedReply } from "../model.ts";
import type { WorkQueue } from "./local-queue.ts";

/**
 * Prompt tokens evaluated in one piece: what an abort at the worst has to wait for, and how long the
 * replies of other teams pause. 64 would be 10% faster, 8 a quarter slower (docs/decisions).
 */
export const PROMPT_PIECE = 16;
/** What the makers of the small models in question advise. */
const TOP_P = 0.8;
const TOP_K = 20;
/** Tokens that decide how the next one is written (spaces before words). */
const TEXT_BEFORE = 8;
/** How bytes that aren't a whole character are written. */
const INCOMPLETE = "\uFFFD";

export interface LocalCall {
  readonly prompt: Token[];
  /** Tokens the reply may have. */
  readonly limit: number;
  readonly temperature: number;
  readonly seed?: number;
  readonly grammar?: LlamaGrammarEvaluationState;
}

/**
 * Evaluates one call on a sequence that is its own. Settles only when nothing of it is evaluating any
 * more, after an abort too: one piece of a prompt or one token later, then with the signal's reason.
 */
export class LocalEvaluation {
  readonly #model: LlamaModel;
  readonly #sequence: LlamaContextSequence;
  readonly #queue: WorkQueue;

  /** `turns` are those of all prompts of the context: together they would make long batches. */
  constructor(model: LlamaModel, sequence: LlamaContextSequence, queue: WorkQueue) {
    this.#model = model;
    this.#sequence = sequence;
    this.#queue = queue;
  }

  async run(call: LocalCall, options: StreamOptions): Promise<StreamedReply> {
    const cachedTokens = await this.#evaluatePrompt(call.prompt, options);
    const text = new TokenText(this.#model);
    let outputTokens = 0;
    let finishReason: FinishReason = "stop";
    for await (const token of this.#generate(call)) {
      options.signal.throwIfAborted();
      outputTokens += 1;
      show(text.add(token), options);
      if (outputTokens < call.limit) continue;
      finishReason = "length";
      break;
    }
    options.signal.throwIfAborted();
    show(text.end(), options);
    const usage = { inputTokens: call.prompt.length, outputTokens, cachedTokens, cacheWriteTokens: 0 };
    return { text: text.whole, finishReason, usage };
  }

  /** All but the last token of the prompt, whose evaluation gives the reply's first. Returns what was held already. */
  async #evaluatePrompt(prompt: Token[], { signal, onProgress }: StreamOptions): Promise<number> {
    const sequence = this.#sequence;
    const last = prompt.length - 1;
    await sequence.adaptStateToTokens(prompt.slice(0, last), false);
    const held = sequence.nextTokenIndex;
    for (let start = held; start < last; start += PROMPT_PIECE) {
      const piece = prompt.slice(start, Math.min(start + PROMPT_PIECE, last));
      await this.#queue.take(() => sequence.evaluateWithoutGeneratingNewTokens(piece), signal);
      signal.throwIfAborted();
      // A long prompt takes longer than an idle endpoint is given: each piece is a sign of life.
      onProgress?.(0);
    }
    return held;
  }

  #generate({ prompt, temperature, seed, grammar }: LocalCall): AsyncGenerator<Token, void> {
    return this.#sequence.evaluate(prompt.slice(-1), {
      temperature,
      ...(temperature > 0 ? { topP: TOP_P, topK: TOP_K } : {}),
      ...(seed === undefined ? {} : { seed }),
      ...(grammar ? { grammarEvaluationState: grammar } : {}),
    });
  }
}

function show(text: string, { onProgress, onText }: StreamOptions): void {
  onProgress?.(text.length);
  if (text !== "") onText?.(text);
}

/**
 * Owns: a reply's tokens as text. Invariant: of a character made of several tokens nothing is told before the last.
 */
class TokenText {
  readonly #model: LlamaModel;
  #written: Token[] = [];
  #pending: Token[] = [];
  #whole = "";

  constructor(model: LlamaModel) {
    this.#model = model;
  }

  get whole(): string {
    return this.#whole;
  }

  /** The text this token completes. */
  add(token: Token): string {
    this.#pending.push(token);
    const text = this.#pendingText();
    return text.endsWith(INCOMPLETE) ? "" : this.#write(text);
  }

  /** What of a character there was. */
  end(): string {
    return this.#write(this.#pending.length > 0 ? this.#pendingText() : "");
  }

  #pendingText(): string {
    return this.#model.detokenize(this.#pending, false, this.#written);
  }

  #write(text: string): string {
    this.#written = [...this.#written, ...this.#pending].slice(-TEXT_BEFORE);
    this.#pending = [];
    this.#whole += text;
    return text;
  }
}
