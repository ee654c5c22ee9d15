import { whenAborted } from "../base/abort.ts";
import { sleep, type Clock } from "../base/clock.ts";
import type { Message } from "../events/message.ts";
import type { ModelAbilities } from "../events/model-call.ts";
import { AttemptFailed } from "../model/attempt-failed.ts";
import type { Billing, LanguageModel, StreamOptions, StreamSettings, StreamedReply } from "../model/model.ts";

/**
 * What goes wrong with one attempt at a call. `status`: the endpoint answers with it. `reset`: the connection
 * breaks before anything came. `cut`: it breaks after the reply's beginning. `hang`: nothing comes, until the
 * call is aborted. `deaf`: nothing comes, and an abort is not heard either. `slow`: it goes well, later.
 */
export type ModelFault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: "reset" | "cut" | "hang" | "deaf" }
  | { readonly kind: "slow"; readonly milliseconds: number };

/** What a faulty model is made of. */
export interface FaultyModelOptions {
  readonly model: LanguageModel;
  readonly clock: Clock;
  /** What goes wrong with this attempt; undefined: nothing. */
  readonly fault: (messages: readonly Message[], settings: StreamSettings) => ModelFault | undefined;
}

/** A model whose calls fail as endpoints and networks do, where the test says so. */
export class FaultyModel implements LanguageModel {
  readonly id: string;
  readonly abilities: ModelAbilities;
  readonly billing: Billing;
  readonly rehearsal = true;
  readonly #options: FaultyModelOptions;

  constructor(options: FaultyModelOptions) {
    this.#options = options;
    this.id = options.model.id;
    this.abilities = options.model.abilities;
    this.billing = options.model.billing;
  }

  async stream(messages: readonly Message[], settings: StreamSettings, options: StreamOptions): Promise<StreamedReply> {
    options.signal.throwIfAborted();
    const { model, clock } = this.#options;
    const fault = this.#options.fault(messages, settings);
    if (fault?.kind === "slow") await sleep(clock, fault.milliseconds, options.signal);
    else if (fault) return await fail(fault, options);
    return await model.stream(messages, settings, options);
  }
}

async function fail(fault: Exclude<ModelFault, { kind: "slow" }>, options: StreamOptions): Promise<never> {
  switch (fault.kind) {
    case "status":
      throw new AttemptFailed("model-http", `The endpoint answered with status ${fault.status}.`, {
        retryable: true,
        retryAfter: fault.retryAfterSeconds?.toString(),
      });
    case "reset":
      throw new AttemptFailed("model-network", "The connection was reset.", { retryable: true });
    case "cut":
      options.onConnected?.();
      options.onProgress?.(3);
      throw new AttemptFailed("model-stream-cut", "The reply broke off.", { retryable: true, billed: true });
    case "hang":
      options.onConnected?.();
      throw await whenAborted(options.signal);
    case "deaf":
      return await new Promise(() => {});
  }
}
