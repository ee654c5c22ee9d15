import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { LanguageModelV4FinishReason, LanguageModelV4Usage, SharedV4ProviderOptions } from "@ai-sdk/provider";
import { CancelScope, abortable } from "../../base/abort.ts";
import type { M1Error } from "../../base/errors.ts";
import type { Message } from "../../events/message.ts";
import type { FinishReason, ModelAbilities } from "../../events/model-call.ts";
import type { Billing, LanguageModel } from "../model.ts";
import type { PacingAccount } from "../pacing/pacing-account.ts";
import type { StreamOptions, StreamSettings, StreamedReply, TokenUsage } from "../model.ts";
import { callOptions } from "./ai-sdk-call.ts";
import type { Endpoint } from "./endpoint.ts";
import { failureOf, notSpoken, streamCut } from "./provider-failure.ts";

export interface AiSdkModelOptions {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly pacing: PacingAccount;
  readonly abilities: ModelAbilities;
  readonly billing: Billing;
  readonly model: LanguageModelV4;
  /** The same model, asked nothing about usage, for endpoints that refuse the question. */
  readonly silentModel?: LanguageModelV4;
  readonly providerOptions?: SharedV4ProviderOptions;
  /** Marks a place up to which the provider is to keep the prompt in its cache, where it wants to be told. */
  readonly cacheMark?: SharedV4ProviderOptions;
  /** Adds to a failure what only this kind of endpoint can tell. */
  readonly explain?: (failure: M1Error) => Promise<M1Error>;
}

/**
 * A model behind an HTTP endpoint, spoken to through the AI SDK's language-model interface.
 * Owns: the reading of its stream. Does not own: retries, timeouts.
 * Invariants: 1. however `stream` ends, no request of it is left open; 2. nothing is thrown that
 * contains the key (G5).
 */
export class AiSdkModel implements LanguageModel {
  readonly id: string;
  readonly abilities: ModelAbilities;
  readonly billing: Billing;
  readonly rehearsal = false;
  readonly pacing: PacingAccount;
  readonly #options: AiSdkModelOptions;

  constructor(options: AiSdkModelOptions) {
    this.id = options.id;
    this.abilities = options.abilities;
    this.billing = options.billing;
    this.pacing = options.pacing;
    this.#options = options;
  }

  async stream(messages: readonly Message[], settings: StreamSettings, options: StreamOptions): Promise<StreamedReply> {
    const { model, silentModel, providerOptions, cacheMark, endpoint, explain } = this.#options;
    using scope = new CancelScope(options.signal);
    try {
      const asked = options.askUsage === false ? (silentModel ?? model) : model;
      return await this.#read(asked, options, {
        ...(await callOptions(messages, settings, { cacheMark, imageBytes: options.imageBytes })),
        ...(providerOptions ? { providerOptions } : {}),
        abortSignal: scope.signal,
      });
    } catch (error) {
      // What is left of the request is not wanted any more; one that was read to its end needs no word.
      scope.cancel();
      options.signal.throwIfAborted();
      const failure = failureOf(error, endpoint);
      throw explain ? await explain(failure) : failure;
    }
  }

  async #read(
    model: LanguageModelV4,
    options: StreamOptions,
    call: LanguageModelV4CallOptions,
  ): Promise<StreamedReply> {
    const { stream, response } = await abortable(Promise.resolve(model.doStream(call)), options.signal);
    options.onConnected?.(response?.headers);
    const collector = new ReplyCollector(this.#options.endpoint, options);
    const reader = stream.getReader();
    // The request is cut by the call's own signal; this ends a read that waits, and tells nobody.
    const letGo = () => void reader.cancel().catch(() => {});
    options.signal.addEventListener("abort", letGo, { once: true });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        options.signal.throwIfAborted();
        if (done) return collector.reply();
        collector.add(value);
      }
    } catch (error) {
      letGo();
      throw error;
    } finally {
      options.signal.removeEventListener("abort", letGo);
    }
  }
}

/** Gathers one reply from the parts of its stream. */
class ReplyCollector {
  readonly #endpoint: Endpoint;
  readonly #options: StreamOptions;
  #text = "";
  readonly #toolInputs: string[] = [];
  #finish: { readonly reason: LanguageModelV4FinishReason; readonly usage: LanguageModelV4Usage } | undefined;

  constructor(endpoint: Endpoint, options: StreamOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  add(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case "text-delta":
        this.#text += part.delta;
        return this.#show(part.delta);
      case "tool-input-delta":
        return this.#show(part.delta);
      case "reasoning-delta":
        return this.#options.onProgress?.(part.delta.length);
      case "tool-call":
        this.#toolInputs.push(part.input);
        return;
      case "finish":
        this.#finish = { reason: part.finishReason, usage: part.usage };
        return;
      case "error":
        throw failureOf(part.error, this.#endpoint);
      default:
        return;
    }
  }

  reply(): StreamedReply {
    const finish = this.#finish;
    if (!finish || finish.reason.unified === "interrupted") throw streamCut(this.#endpoint);
    if (finish.reason.unified === "error")
      throw notSpoken(this.#endpoint, `it ended with "${finish.reason.raw ?? "error"}"`);
    const usage = usageOf(finish.usage);
    return {
      // Several calls where one was forced are shown as they came: whoever reads them judges.
      text: this.#toolInputs.length > 0 ? this.#toolInputs.join("\n") : this.#text,
      finishReason: finishReasonOf(finish.reason),
      ...(usage ? { usage } : {}),
    };
  }

  #show(text: string): void {
    if (text === "") return;
    this.#options.onProgress?.(text.length);
    this.#options.onText?.(text);
  }
}

function finishReasonOf(reason: LanguageModelV4FinishReason): FinishReason {
  if (reason.unified === "stop" || reason.unified === "tool-calls") return "stop";
  if (reason.unified === "length") return "length";
  return reason.unified === "content-filter" ? "filtered" : "other";
}

/** Missing where the provider left out the totals: what it didn't count, we don't invent. */
function usageOf({ inputTokens, outputTokens }: LanguageModelV4Usage): TokenUsage | undefined {
  if (inputTokens.total === undefined || outputTokens.total === undefined) return undefined;
  if (inputTokens.total === 0 && outputTokens.total === 0) return undefined;
  return {
    inputTokens: inputTokens.total,
    outputTokens: outputTokens.total,
    cachedTokens: inputTokens.cacheRead ?? 0,
    cacheWriteTokens: inputTokens.cacheWrite ?? 0,
  };
}
