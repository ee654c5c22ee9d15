import { createAnthropic } from "@ai-sdk/anthropic";
import type { LanguageModel } from "../model.ts";
import { pacingAccount } from "../pacing/pacing-account.ts";
import { AiSdkModel } from "./ai-sdk-model.ts";
import { endpointFetch } from "./endpoint-fetch.ts";
import type { ApiKey, Transport } from "./endpoint.ts";

/** Given in so many words, so that ANTHROPIC_BASE_URL can't send the key elsewhere (G5). */
const ANTHROPIC_URL = "https://api.anthropic.com/v1";
/** What all of its models take at the least. */
const CONTEXT_TOKENS = 200_000;

export function anthropicModel(id: string, model: string, key: ApiKey, transport: Transport): LanguageModel {
  const endpoint = { url: ANTHROPIC_URL, key, keyName: key.name };
  const fetch = endpointFetch(endpoint, transport);
  const provider = createAnthropic({ baseURL: ANTHROPIC_URL, apiKey: key.value, fetch });
  return new AiSdkModel({
    id,
    endpoint,
    // Its limits are each model's own.
    pacing: pacingAccount("anthropic", ANTHROPIC_URL, key.value, model),
    abilities: {
      schema: true,
      tool: true,
      seed: false,
      vision: true,
      orchestrates: "full-ledger",
      contextTokens: CONTEXT_TOKENS,
    },
    billing: { provider: "anthropic", model },
    model: provider(model),
    // Its prompt cache is used only where a request says so; a team's conversation grows at its end, so it pays.
    cacheMark: { anthropic: { cacheControl: { type: "ephemeral" } } },
  });
}
