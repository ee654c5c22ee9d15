import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { z } from "zod";
import type { Billing, LanguageModel, ModelAbilities } from "../model.ts";
import { AiSdkModel } from "./ai-sdk-model.ts";
import { endpointFetch } from "./endpoint-fetch.ts";
import type { Endpoint, Transport } from "./endpoint.ts";

export interface OpenAiCompatibleOptions {
  readonly id: string;
  /** The model's name as the endpoint knows it. */
  readonly model: string;
  readonly endpoint: Endpoint;
  readonly abilities: ModelAbilities;
  readonly billing: Billing;
  readonly transport: Transport;
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
    abilities,
    billing,
    model: provider(true).chatModel(model),
    silentModel: provider(false).chatModel(model),
  });
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
