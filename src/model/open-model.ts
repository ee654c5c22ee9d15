import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import type { ModelAbilities } from "../events/model-call.ts";
import type { LanguageModel } from "./model.ts";
import { HOSTED_KEYS, hostedKey, keyIn, keyNameOf } from "./api-keys.ts";
import type { Environment } from "./api-keys.ts";
import { billingOf } from "./billing.ts";
import { listedWindow, ollamaWindow } from "./endpoint-window.ts";
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
  /** Asks endpoints how many tokens their models take. Else nothing is asked of them before the first call. */
  readonly askWindow?: boolean;
  readonly openLocal?: (name: string) => Promise<OpenModel>;
}

/** Of an endpoint nobody knows all is expected; what it can't do shows, and is counted. */
const UNKNOWN_ENDPOINT: ModelAbilities = { schema: true, tool: true, seed: true, orchestrates: "full-ledger" };

/**
 * Opens the model behind a reference; no model is asked yet. Provider code is loaded when it is
 * asked for. Throws `UsageError`: `model-reference`, `model-unknown`, `model-key-missing`, `script-unreadable`.
 */
export async function openModel(reference: string, options: OpenModelOptions): Promise<OpenModel> {
  const named = parseModelReference(reference);
  switch (named.kind) {
    case "hosted":
      return await openHosted(reference, named, options);
    case "ollama":
      return await openOllama(reference, named.model, options);
    case "url": {
      const { url, model } = named;
      const endpoint = endpointOf(url, options.env);
      const contextTokens = await listed(endpoint, model, options);
      const parts = { id: reference, model, endpoint, billing: billingOf(named), contextTokens };
      return await openCompatible(parts, options);
    }
    case "local":
      if (!options.openLocal) throw new UsageError("model-unknown", "Local models can't be opened here.");
      return await options.openLocal(named.name);
    case "scripted": {
      const { openScriptedRehearsal } = await import("./providers/scripted-rehearsal.ts");
      return await openScriptedRehearsal(reference, named.file, options.clock);
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

interface Compatible {
  readonly id: string;
  readonly model: string;
  readonly endpoint: Endpoint;
  readonly billing: LanguageModel["billing"];
  readonly contextTokens: number | undefined;
}

async function openCompatible(
  { contextTokens, ...parts }: Compatible,
  { clock, transport = fetch }: OpenModelOptions,
): Promise<LanguageModel> {
  const { openAiCompatibleModel } = await import("./providers/openai-compatible.ts");
  const abilities = { ...UNKNOWN_ENDPOINT, ...(contextTokens === undefined ? {} : { contextTokens }) };
  const provider = parts.id.startsWith("ollama/") ? "ollama" : parts.endpoint.url;
  return openAiCompatibleModel({ ...parts, provider, abilities, transport, clock });
}

async function listed({ url, key }: Endpoint, model: string, options: OpenModelOptions): Promise<number | undefined> {
  const { clock, transport = fetch, askWindow = false } = options;
  return askWindow ? await listedWindow(url, model, { clock, transport, key }) : undefined;
}

async function openOllama(id: string, model: string, options: OpenModelOptions): Promise<LanguageModel> {
  const { env, clock, transport = fetch, askWindow = false } = options;
  const url = ollamaUrl(env);
  const contextTokens = askWindow ? await ollamaWindow(url, model, env, { clock, transport }) : undefined;
  const endpoint = endpointOf(`${url}/v1`, env);
  return await openCompatible({ id, model, endpoint, billing: "free", contextTokens }, options);
}

function endpointOf(url: string, env: Environment): Endpoint {
  const keyName = keyNameOf(url);
  return { url, key: keyIn(env, keyName), keyName };
}
