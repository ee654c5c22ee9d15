import type { Message } from "../../src/events/message.ts";
import type { ModelSettings } from "../../src/events/model-call.ts";
import type { ModelExecutor } from "../../src/steps/executors.ts";
import { ModelFailure } from "../../src/steps/model-failure.ts";

/** A prompt as the model saw it. */
export interface SeenPrompt {
  readonly messages: readonly Message[];
  readonly tokens: number;
}

/**
 * This model's own way of counting, which the project does not know: a token for each three letters or digits begun,
 * one for any other sign, five a message.
 */
export function countTokens(messages: readonly Message[]): number {
  let tokens = 0;
  for (const { name = "", content } of messages) {
    for (const [piece] of `${name} ${content}`.matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu))
      tokens += Math.ceil(piece.length / 3);
    tokens += 5;
  }
  return tokens;
}

/**
 * A model with a window: it refuses what is longer, as hosted ones do, and keeps what it was asked. `reply` answers
 * from the prompt alone, so that it knows what the prompt says and nothing else.
 */
export class WindowedModel implements ModelExecutor {
  readonly prompts: SeenPrompt[] = [];
  /** Prompts that were longer than the window. */
  refused = 0;
  readonly #window: number;
  readonly #reply: (messages: readonly Message[], settings: ModelSettings) => string;

  constructor(window: number, reply: (messages: readonly Message[], settings: ModelSettings) => string) {
    this.#window = window;
    this.#reply = reply;
  }

  readonly execute: ModelExecutor["execute"] = (messages, settings) => {
    const tokens = countTokens(messages);
    this.prompts.push({ messages, tokens });
    const text = this.#reply(messages, settings);
    const outputTokens = countTokens([{ role: "assistant", content: text }]);
    if (tokens + outputTokens > this.#window) return Promise.reject(this.#tooLong(tokens + outputTokens));
    const usage = { inputTokens: tokens, outputTokens, cachedTokens: 0, costUsd: 0, estimated: false };
    return Promise.resolve({ reply: { text, finishReason: "stop" as const }, usage, attempts: 1, retried: [] });
  };

  readonly cutOffUsage: ModelExecutor["cutOffUsage"] = () =>
    Promise.resolve({ inputTokens: 0, outputTokens: 0, cachedTokens: 0, costUsd: 0, estimated: true });

  #tooLong(tokens: number): ModelFailure {
    this.refused += 1;
    const words = `This model's maximum context length is ${this.#window} tokens. However, your messages resulted in ${tokens} tokens.`;
    return new ModelFailure("model-too-long", words);
  }
}
