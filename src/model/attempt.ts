import { CancelScope } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import type { Message } from "../events/message.ts";
import { AttemptFailed } from "./attempt-failed.ts";
import type { LanguageModel, StreamedReply, StreamOptions, StreamSettings, TokenUsage } from "./model.ts";
import type { ResponseHeaders } from "./pacing/limit-headers.ts";
import { StreamWatch } from "./stream-watch.ts";
import type { ModelTimeouts } from "./stream-watch.ts";
import { estimatePromptTokens, estimateStreamedTokens, estimateTextTokens } from "./token-estimate.ts";

export interface AttemptOptions {
  readonly clock: Clock;
  readonly timeouts: ModelTimeouts;
  readonly signal: AbortSignal;
  readonly askUsage: boolean;
  readonly onConnected: (headers: ResponseHeaders) => void;
  readonly imageBytes?: StreamOptions["imageBytes"];
  readonly onText: (text: string) => void;
}

/** How one attempt ended and what it used, by the provider's count or by ours (`estimated`). */
export interface AttemptEnd {
  /** Missing where it failed. */
  readonly reply?: StreamedReply;
  readonly error?: unknown;
  /** Missing where nothing can have been charged. */
  readonly used?: AttemptUsage;
}

export interface AttemptUsage {
  readonly tokens: TokenUsage;
  readonly estimated: boolean;
}

/** One attempt at a model call under its timeouts. Never rejects; the abort's reason is the end's `error`. */
export async function attempt(
  model: LanguageModel,
  messages: readonly Message[],
  settings: StreamSettings,
  options: AttemptOptions,
): Promise<AttemptEnd> {
  using scope = new CancelScope(options.signal);
  const overdue = Promise.withResolvers<never>();
  overdue.promise.catch(() => {});
  using watch = new StreamWatch(options.clock, options.timeouts, (late) => {
    scope.cancel(late);
    // Even a model that ignores its signal cannot outstay a timeout.
    overdue.reject(late);
  });
  const onAbort = () => watch.aborted();
  options.signal.addEventListener("abort", onAbort, { once: true });
  let characters = 0;
  try {
    const streamed = model.stream(messages, settings, {
      signal: scope.signal,
      askUsage: options.askUsage,
      ...(options.imageBytes ? { imageBytes: options.imageBytes } : {}),
      onConnected: (headers = {}) => {
        watch.connected();
        options.onConnected(headers);
      },
      onProgress: (length) => {
        characters += length;
        watch.progressed();
      },
      onText: options.onText,
    });
    const reply = await Promise.race([streamed, overdue.promise]);
    return { reply, used: usedBy(reply, messages) };
  } catch (thrown) {
    const error: unknown = scope.signal.aborted ? scope.signal.reason : thrown;
    if (error instanceof AttemptFailed && !error.billed && characters === 0) return { error };
    return { error, used: estimated(estimatePromptTokens(messages), estimateStreamedTokens(characters)) };
  } finally {
    options.signal.removeEventListener("abort", onAbort);
  }
}

function usedBy(reply: StreamedReply, messages: readonly Message[]): AttemptUsage {
  if (reply.usage && isCounted(reply.usage)) return { tokens: reply.usage, estimated: false };
  return estimated(estimatePromptTokens(messages), estimateTextTokens(reply.text));
}

/** A model of a person's own making may count less than it should, or nonsense. */
function isCounted({ inputTokens, outputTokens, cachedTokens, cacheWriteTokens }: TokenUsage): boolean {
  return [inputTokens, outputTokens, cachedTokens, cacheWriteTokens].every(
    (count) => Number.isFinite(count) && count >= 0,
  );
}

function estimated(inputTokens: number, outputTokens: number): AttemptUsage {
  return { tokens: { inputTokens, outputTokens, cachedTokens: 0, cacheWriteTokens: 0 }, estimated: true };
}
