import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import type { ModelAbilities } from "../events/model-call.ts";
import type { LanguageModel } from "./model.ts";
import { HOSTED_KEYS, hostedKey, keyIn, keyNameOf } from "./api-keys.ts";
import type { Environment } from "./api-keys.ts";
import { billingOf } from "./billing.ts";
import { parseModelReference } from "./model-reference.ts";
import type { ModelReference } from "./model-reference.ts";
import { ollamaUrl } from "./ollama.ts";
import type { Endpoint, Transport } from "./providers/endpoint.ts";

/** A model that holds something (loaded weights) until it is disposed. */
export type OpenModel = LanguageModel & Partial<AsyncDisposable>;

export interface OpenModelOptions {
  readonly env: Environment;
  readonly clock: Clock;
  /** How requests leave the process; `fetch` unless said. */
  readonly transport?: Transport;
  /** Opens `local/NAME` or `local/PATH.gguf`; throws `UsageError` naming the models there are. */
  readonly openLocal?: (name: string) => Promise<OpenModel>;
}

/** Of an endpoint nobody knows all is expected; what it can't do shows, and is counted. */
const UNKNOWN_ENDPOINT: ModelAbilities = { schema: true, tool: true, seed: true, orchestrates: "full-ledger" };

/**
 * Opens the model behind a reference; no request is made yet. Provider code is loaded when it is
 * asked for. Throws `UsageError`: `model-reference`, `model-unknown`, `model-key-missing`, `script-unreadable`.
 */
export async function openModel(reference: string, options: OpenModelOptions): Promise<OpenModel> {
  const parts = parseModelReference(reference);
  switch (parts.kind) {
    case "hosted":
      return await openHosted(reference, parts, options);
    case "ollama":
      return await openCompatible(reference, parts.model, ollamaEndpoint(options.env), "free", options);
    case "url": {
      const endpoint = endpointOf(parts.url, options.env);
      return await openCompatible(reference, parts.model, endpoint, billingOf(parts), options);
    }
    case "local":
      if (!options.openLocal) throw new UsageError("model-unknown", "Local models can't be opened here.");
      return await options.openLocal(parts.name);
    case "scripted": {
      const { openScriptedModel } = await import("./providers/scripted-model.ts");
      return await openScriptedModel(reference, parts.file, options.clock);
    }
  }
}

type Hosted = Extract<ModelReference, { kind: "hosted" }>;

async function openHosted(id: string, { provider, model }: Hosted, options: OpenModelOptions): Promise<LanguageModel> {
  const key = hostedKey(provider, options.env);
  if (!key) {
    throw new UsageError("model-key-missing", `${id} needs a key, and there is none.`, {
      hint: `Put it into the environment variable ${HOSTED_KEYS[provider].join(" or ")}.`,
    });
  }
  const transport = options.transport ?? fetch;
  if (provider === "openai") return (await import("./providers/openai.ts")).openAiModel(id, model, key, transport);
  if (provider === "anthropic")
    return (await import("./providers/anthropic.ts")).anthropicModel(id, model, key, transport);
  return (await import("./providers/google.ts")).googleModel(id, model, key, transport);
}

async function openCompatible(
  id: string,
  model: string,
  endpoint: Endpoint,
  billing: LanguageModel["billing"],
  options: OpenModelOptions,
): Promise<LanguageModel> {
  const { openAiCompatibleModel } = await import("./providers/openai-compatible.ts");
  const { clock, transport = fetch } = options;
  return openAiCompatibleModel({ id, model, endpoint, abilities: UNKNOWN_ENDPOINT, billing, transport, clock });
}

function endpointOf(url: string, env: Environment): Endpoint {
  const keyName = keyNameOf(url);
  return { url, key: keyIn(env, keyName), keyName };
}

function ollamaEndpoint(env: Environment): Endpoint {
  return endpointOf(`${ollamaUrl(env)}/v1`, env);
}
