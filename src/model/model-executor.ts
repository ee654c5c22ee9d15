import { sleep } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import { M1Error, UsageError, describeError } from "../base/errors.ts";
import { jitter } from "../base/random.ts";
import type { Message } from "../events/message.ts";
import type { ModelSettings, Usage } from "../events/model-call.ts";
import type { ModelExecutor, ModelOutcome, StepExecution } from "../steps/executors.ts";
import { ModelFailure } from "../steps/model-failure.ts";
import { AttemptFailed } from "./attempt-failed.ts";
import { attempt, type AttemptEnd } from "./attempt.ts";
import { billingOf } from "./billing.ts";
import { parseModelReference } from "./model-reference.ts";
import type { Billing, LanguageModel, StreamedReply } from "./model.ts";
import { announcedLimits } from "./pacing/limit-headers.ts";
import type { Pacer } from "./pacing/pacer.ts";
import type { Place } from "./pacing/place.ts";
import { RefusedSettings, without } from "./refused-settings.ts";
import type { OptionalSetting } from "./refused-settings.ts";
import { DEFAULT_RETRY_POLICY, mayRetry, retryAfterMs, waitBefore } from "./retry-policy.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { DEFAULT_TIMEOUTS } from "./stream-watch.ts";
import type { ModelTimeouts } from "./stream-watch.ts";
import { estimatePromptTokens } from "./token-estimate.ts";
import { UsageTally } from "./usage-tally.ts";

export interface ModelExecutorOptions {
  /** The open model behind a reference. Throws `UsageError` (`model-unknown`) where there is none. */
  readonly models: (reference: string) => LanguageModel;
  readonly clock: Clock;
  readonly retry?: Partial<RetryPolicy>;
  readonly timeouts?: Partial<ModelTimeouts>;
  /** Chance for the waits, in [0, 1). */
  readonly chance?: () => number;
  /** At which pace calls may leave; without it they leave at once. */
  readonly pacer?: Pacer;
  /** The bytes of messages' pictures, by their blobs. */
  readonly imageBytes?: (blob: string) => Promise<Uint8Array>;
}

/**
 * Executes model steps below the door: retries, waits, timeouts, and a second try without what an
 * endpoint refuses.
 * Owns: what each model's endpoint was found to refuse. Does not own: the models, the log.
 * Invariants: 1. an abort ends a request in flight and a wait at once, and nothing is asked after it
 * (R3); 2. however a call ends, what it used is told, estimated where nobody counted (G1).
 */
export class RetryingModelExecutor implements ModelExecutor {
  readonly #options: ModelExecutorOptions;
  readonly #refused = new Map<string, RefusedSettings>();

  constructor(options: ModelExecutorOptions) {
    this.#options = options;
  }

  /**
   * Throws `ModelFailure`, its code the last attempt's (see `AttemptFailureCode`), or `model-aborted`
   * with the signal's reason as cause.
   */
  async execute(
    messages: readonly Message[],
    settings: ModelSettings,
    execution: StepExecution,
  ): Promise<ModelOutcome> {
    const { models, clock, retry, timeouts, chance, pacer, imageBytes } = this.#options;
    const { model: reference, ...asked } = settings;
    const refused = this.#refused.get(reference) ?? new RefusedSettings();
    this.#refused.set(reference, refused);
    const call = new RetriedCall({
      model: models(reference),
      refused,
      messages,
      settings: asked,
      execution,
      clock,
      retry: { ...DEFAULT_RETRY_POLICY, ...retry },
      timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
      chance: chance ?? jitter,
      pacer,
      ...(imageBytes ? { imageBytes } : {}),
    });
    return await call.run();
  }

  /** The prompt and, where the reply's length was limited, all of it: what may have been charged at the most. */
  async cutOffUsage(messages: readonly Message[], settings: ModelSettings): Promise<Usage> {
    const tally = new UsageTally();
    const inputTokens = estimatePromptTokens(messages);
    const outputTokens = settings.maxOutputTokens ?? 0;
    tally.add({ inputTokens, outputTokens, cachedTokens: 0, cacheWriteTokens: 0 }, true);
    return await tally.total(this.#billing(settings.model));
  }

  /** Of a model that is not asked any more, and so not open, its reference says who bills. */
  #billing(reference: string): Billing {
    try {
      return this.#options.models(reference).billing;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    try {
      return billingOf(parseModelReference(reference));
    } catch {
      return "unknown";
    }
  }
}

interface RetriedCallOptions {
  readonly model: LanguageModel;
  readonly refused: RefusedSettings;
  readonly messages: readonly Message[];
  readonly settings: Omit<ModelSettings, "model">;
  readonly execution: StepExecution;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly timeouts: ModelTimeouts;
  readonly chance: () => number;
  readonly pacer: Pacer | undefined;
  readonly imageBytes?: (blob: string) => Promise<Uint8Array>;
}

/** One model step from its first attempt to its end. */
class RetriedCall {
  readonly #options: RetriedCallOptions;
  readonly #usage = new UsageTally();
  readonly #failures: AttemptFailed[] = [];
  readonly #retried: string[] = [];
  readonly #leftOut: Set<OptionalSetting>;
  /** What this call was refused with, and in which words. */
  #refusal: { readonly settings: readonly OptionalSetting[]; readonly words: string } | undefined;
  #attempts = 0;

  constructor(options: RetriedCallOptions) {
    this.#options = options;
    this.#leftOut = new Set(options.refused.leftOut);
  }

  async run(): Promise<ModelOutcome> {
    for (;;) {
      const reply = await this.#attempt();
      if (reply) return await this.#finish(reply);
    }
  }

  /** The reply, or nothing where another attempt is due. */
  async #attempt(): Promise<StreamedReply | undefined> {
    const { model, messages, settings, execution, clock, timeouts, imageBytes } = this.#options;
    if (execution.signal.aborted) throw await this.#aborted();
    const place = await this.#enter();
    this.#attempts += 1;
    const end = await attempt(model, messages, without(settings, this.#leftOut), {
      clock,
      timeouts,
      signal: execution.signal,
      askUsage: !this.#leftOut.has("usage"),
      onConnected: (headers) => place?.connected(headers),
      ...(imageBytes ? { imageBytes } : {}),
      onText: (text) => execution.live({ type: "text-streamed", text }),
    });
    if (place) this.#leave(place, end);
    if (end.used) this.#usage.add(end.used.tokens, end.used.estimated);
    if (execution.signal.aborted && !end.reply) throw await this.#aborted();
    const failure = end.reply ? emptiness(end.reply) : asFailure(end.error);
    if (!failure) return end.reply;
    this.#failures.push(failure);
    const again = this.#leaveOut(failure) || (await this.#wait(failure));
    if (again) return undefined;
    // A model that has nothing to say twice has said so.
    if (end.reply) return end.reply;
    throw await this.#failed(end.error);
  }

  /** Waits until the call may leave; that counts against no timeout. */
  async #enter(): Promise<Place | undefined> {
    const { pacer, model, messages, settings, execution } = this.#options;
    if (!pacer || !model.pacing) return undefined;
    const { provider } = model.pacing;
    try {
      return await pacer.enter({
        account: model.pacing,
        team: execution.team ?? "",
        inputTokens: estimatePromptTokens(messages),
        outputTokens: settings.maxOutputTokens,
        again: this.#failures.at(-1)?.refusal !== undefined,
        signal: execution.signal,
        onWait: (waitMs) => execution.live({ type: "call-paced", provider, waitMs }),
      });
    } catch (error) {
      if (execution.signal.aborted) throw await this.#aborted();
      throw await this.#failed(error);
    }
  }

  #leave(place: Place, { reply, error, used }: AttemptEnd): void {
    const { signal } = this.#options.execution;
    if (reply || signal.aborted || !(error instanceof AttemptFailed) || !error.refusal)
      return place.leave(used?.tokens);
    const now = this.#options.clock.now();
    const { cause, headers } = error.refusal;
    place.refuse({
      cause,
      retryAfterMs: retryAfterMs(error.retryAfter, now),
      announced: announcedLimits(headers, now),
      words: error.message,
    });
  }

  /** Prepares a second try without what the endpoint may have objected to: once a call. */
  #leaveOut(failure: AttemptFailed): boolean {
    if (failure.code !== "model-refused" || this.#refusal) return false;
    const settings = this.#options.refused.suspects(this.#options.settings, this.#leftOut, failure.detail);
    if (settings.length === 0) return false;
    this.#refusal = { settings, words: failure.detail };
    for (const setting of settings) this.#leftOut.add(setting);
    this.#tell(`${failure.message} Asked again without ${settings.join(", ")}.`, 0);
    return true;
  }

  /** Waits before another attempt, where one is due. */
  async #wait(failure: AttemptFailed): Promise<boolean> {
    const { retry, clock, chance, execution, pacer, model } = this.#options;
    if (!mayRetry(retry, this.#failures)) return false;
    if (pacer && model.pacing && failure.refusal) {
      // Its turn comes when the provider takes calls again, for whomever; the pacer tells how long that is.
      this.#tell(failure.message, 0);
      return true;
    }
    const waitMs = waitBefore(retry, this.#failures, clock.now(), chance());
    this.#tell(failure.message, waitMs);
    try {
      await sleep(clock, waitMs, execution.signal);
    } catch {
      throw await this.#aborted();
    }
    return true;
  }

  #tell(reason: string, waitMs: number): void {
    this.#retried.push(reason);
    this.#options.execution.live({ type: "call-retried", reason, waitMs });
  }

  async #finish(reply: StreamedReply): Promise<ModelOutcome> {
    const { refused, settings } = this.#options;
    refused.accepted(settings, this.#leftOut);
    if (this.#refusal) refused.confirm(this.#refusal.settings, this.#refusal.words);
    return {
      reply: { text: reply.text, finishReason: reply.finishReason },
      usage: await this.#usage.total(this.#options.model.billing),
      attempts: this.#attempts,
      retried: this.#retried,
    };
  }

  async #failed(error: unknown): Promise<ModelFailure> {
    const known = error instanceof M1Error ? error : undefined;
    const tries = this.#attempts > 1 ? ` (${this.#attempts} attempts)` : "";
    return await this.#failure(known?.code ?? "model-crashed", `${describeError(error)}${tries}`, error, known?.hint);
  }

  async #aborted(): Promise<ModelFailure> {
    const reason: unknown = this.#options.execution.signal.reason;
    return await this.#failure("model-aborted", "The model call was cut off.", reason);
  }

  async #failure(code: string, message: string, cause: unknown, hint?: string): Promise<ModelFailure> {
    return new ModelFailure(code, message, {
      cause,
      ...(hint ? { hint } : {}),
      usage: await this.#usage.total(this.#options.model.billing),
      attempts: this.#attempts,
      retried: this.#retried,
    });
  }
}

/** What isn't an attempt's own failure (a bug, a local model's crash) is final. */
function asFailure(error: unknown): AttemptFailed {
  if (error instanceof AttemptFailed) return error;
  return new AttemptFailed("model-protocol", describeError(error), { retryable: false, cause: error });
}

function emptiness(reply: StreamedReply): AttemptFailed | undefined {
  if (reply.text.trim() !== "" || reply.finishReason === "length" || reply.finishReason === "filtered")
    return undefined;
  return new AttemptFailed("model-empty", "The model's reply was empty.", { retryable: true, billed: true });
}
