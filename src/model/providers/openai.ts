import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModel } from "../model.ts";
import { pacingAccount } from "../pacing/pacing-account.ts";
import { AiSdkModel } from "./ai-sdk-model.ts";
import { endpointFetch } from "./endpoint-fetch.ts";
import type { ApiKey, Transport } from "./endpoint.ts";

/** Given in so many words, so that OPENAI_BASE_URL can't send the key elsewhere (G5). */
const OPENAI_URL = "https://api.openai.com/v1";
/** What its models of the last years take at the least; most take more. */
const CONTEXT_TOKENS = 128_000;

/** OpenAI's own models, by the Responses API: the one that has all of them. Nothing is stored at OpenAI. */
export function openAiModel(id: string, model: string, key: ApiKey, transport: Transport): LanguageModel {
  const endpoint = { url: OPENAI_URL, key, keyName: key.name };
  const provider = createOpenAI({ baseURL: OPENAI_URL, apiKey: key.value, fetch: endpointFetch(endpoint, transport) });
  return new AiSdkModel({
    id,
    endpoint,
    // Its limits are each model's own.
    pacing: pacingAccount("openai", OPENAI_URL, key.value, model),
    abilities: {
      schema: true,
      tool: true,
      seed: false,
      vision: true,
      orchestrates: "full-ledger",
      contextTokens: CONTEXT_TOKENS,
    },
    billing: { provider: "openai", model },
    model: provider.responses(model),
    providerOptions: { openai: { store: false } },
  });
}
