import type { Message } from "../events/message.ts";
import type { ResponseHeaders } from "./pacing/limit-headers.ts";
import type { PacingAccount } from "./pacing/pacing-account.ts";
import type { FinishReason, ModelAbilities, ModelSettings } from "../events/model-call.ts";

/** Where the price of a call is looked up; `free` for what runs on the user's own machine. */
export type Billing =
  | "free"
  | "unknown"
  | { readonly provider: string; readonly model: string }
  | { readonly url: string; readonly model: string };

/** Tokens as a provider counts them. */
export interface TokenUsage {
  /** All tokens of the prompt, those read from and written to its cache included. */
  readonly inputTokens: number;
  /** All tokens of the reply, hidden reasoning included. */
  readonly outputTokens: number;
  /** The part of `inputTokens` read from the provider's prompt cache. */
  readonly cachedTokens: number;
  /** The part of `inputTokens` written to it, where that is charged apart. */
  readonly cacheWriteTokens: number;
}

/** What a model answered, in full, and what that used. */
export interface StreamedReply {
  /** With the `tool` format: the JSON text of the call's arguments, or what the model said instead of calling. */
  readonly text: string;
  readonly finishReason: FinishReason;
  /** Missing where the provider reported nothing. */
  readonly usage?: TokenUsage;
}

/** Who hears of a reply while it comes, and who may stop it. */
export interface StreamOptions {
  /** Aborted: the request is cut at once and `stream` rejects. */
  readonly signal: AbortSignal;
  /**
   * The other side has taken the request (response headers, given where there are any, or the prompt's evaluation
   * begun).
   */
  readonly onConnected?: (headers?: ResponseHeaders) => void;
  /** A token came, of whatever kind (hidden reasoning too); `characters` is its length. */
  readonly onProgress?: (characters: number) => void;
  /** A piece of the reply's text, or of the arguments of the forced tool call. */
  readonly onText?: (text: string) => void;
  /** The bytes of a message's picture, by its blob. Without it a message's pictures are left out. */
  readonly imageBytes?: (blob: string) => Promise<Uint8Array>;
  /** False asks the provider nothing about usage: some endpoints refuse the question. */
  readonly askUsage?: boolean;
}

/**
 * The settings of one call as a model needs them: it knows its own name.
 * @useDeclaredType
 */
export type StreamSettings = Omit<ModelSettings, "model">;

/**
 * A model that answers one conversation at a time, streaming. Port; its implementations (AI SDK
 * providers, local, scripted) are held to one contract suite.
 */
export interface LanguageModel {
  /** The reference it was opened by: `openai/gpt-5`, `http://host/v1#name`, `local/NAME`, `scripted/FILE`. */
  readonly id: string;
  readonly abilities: ModelAbilities;
  readonly billing: Billing;
  /** True where replies are scripted: a run with it is a rehearsal, and labelled. */
  readonly rehearsal: boolean;
  /** Whose limits its calls count against; absent where nobody limits them, as for weights in the process. */
  readonly pacing?: PacingAccount;
  /**
   * One attempt, without retry or timeout. Throws `AttemptFailed` for what went wrong, the signal's
   * reason after an abort. A stream that ends without its provider's end mark is a failure.
   */
  stream(messages: readonly Message[], settings: StreamSettings, options: StreamOptions): Promise<StreamedReply>;
}
