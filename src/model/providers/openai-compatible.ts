import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import type { M1Error } from "../../base/errors.ts";
import { AttemptFailed } from "../attempt-failed.ts";
import type { ModelAbilities } from "../../events/model-call.ts";
import type { Billing, LanguageModel } from "../model.ts";
import { pacingAccount } from "../pacing/pacing-account.ts";
import { AiSdkModel } from "./ai-sdk-model.ts";
import { endpointFetch } from "./endpoint-fetch.ts";
import { plainWords } from "./endpoint.ts";
import type { Endpoint, Transport } from "./endpoint.ts";
import { getJson } from "./get-json.ts";

export interface OpenAiCompatibleOptions {
  readonly id: string;
  /** The model's name as the endpoint knows it. */
  readonly model: string;
  readonly endpoint: Endpoint;
  /** How a person names the provider in their limits: `ollama`, or the endpoint's address. */
  readonly provider: string;
  readonly abilities: ModelAbilities;
  readonly billing: Billing;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** A model behind an endpoint that speaks OpenAI's Chat Completions. */
export function openAiCompatibleModel(options: OpenAiCompatibleOptions): LanguageModel {
  const { id, model, endpoint, abilities, billing, transport } = options;
  const provider = (includeUsage: boolean) =>
    createOpenAICompatible({
      name: "openaiCompatible",
      baseURL: endpoint.url,
      ...(endpoint.key ? { apiKey: endpoint.key.value } : {}),
      includeUsage,
      supportsStructuredOutputs: true,
      fetch: endpointFetch(endpoint, transport, streamOfCompletion),
    });
  return new AiSdkModel({
    id,
    endpoint,
    // Whether it limits each model by itself is not known: all of its models together is the safe side.
    pacing: pacingAccount(options.provider, endpoint.url, endpoint.key?.value),
    abilities,
    billing,
    model: provider(true).chatModel(model),
    silentModel: provider(false).chatModel(model),
    explain: (failure) => namingModels(failure, options),
  });
}

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });
const LISTING_MS = 2000;
const MOST_NAMED = 12;

/** Where an endpoint doesn't know the model, says which ones it has. */
async function namingModels(failure: M1Error, options: OpenAiCompatibleOptions): Promise<M1Error> {
  if (failure.code !== "model-unknown") return failure;
  const { endpoint, clock, transport } = options;
  const asked = { clock, transport, key: endpoint.key, timeoutMs: LISTING_MS };
  const listed = modelsSchema.safeParse(await getJson(`${endpoint.url}/models`, asked));
  const names = listed.data?.data.slice(0, MOST_NAMED).map((model) => plainWords(model.id, endpoint.key)) ?? [];
  if (names.length === 0) return failure;
  const hint = `The endpoint has these models: ${names.join(", ")}.`;
  return new AttemptFailed("model-unknown", failure.message, { hint, retryable: false });
}

const completionSchema = z.looseObject({
  choices: z.array(z.looseObject({ message: z.looseObject({}), finish_reason: z.string().nullish() })).nonempty(),
});

/** Some endpoints ignore `stream` and answer whole: then the whole reply is one chunk of a stream. */
function streamOfCompletion(body: unknown): string | undefined {
  const completion = completionSchema.safeParse(body);
  if (!completion.success) return undefined;
  const choices = completion.data.choices.map(({ message, ...choice }) => ({ ...choice, delta: message }));
  return `data: ${JSON.stringify({ ...completion.data, choices })}\n\ndata: [DONE]\n\n`;
}
