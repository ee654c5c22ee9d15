import { createGoogle } from "@ai-sdk/google";
import type { LanguageModel } from "../model.ts";
import { pacingAccount } from "../pacing/pacing-account.ts";
import { AiSdkModel } from "./ai-sdk-model.ts";
import { endpointFetch } from "./endpoint-fetch.ts";
import type { ApiKey, Transport } from "./endpoint.ts";

const GOOGLE_URL = "https://generativelanguage.googleapis.com/v1beta";
/** What its models take at the least. */
const CONTEXT_TOKENS = 1_000_000;

export function googleModel(id: string, model: string, key: ApiKey, transport: Transport): LanguageModel {
  const endpoint = { url: GOOGLE_URL, key, keyName: key.name };
  const provider = createGoogle({ baseURL: GOOGLE_URL, apiKey: key.value, fetch: endpointFetch(endpoint, transport) });
  return new AiSdkModel({
    id,
    endpoint,
    // Its limits are each model's own.
    pacing: pacingAccount("google", GOOGLE_URL, key.value, model),
    abilities: {
      schema: true,
      tool: true,
      seed: true,
      vision: true,
      orchestrates: "full-ledger",
      contextTokens: CONTEXT_TOKENS,
    },
    billing: { provider: "google", model },
    model: provider(model),
  });
}
