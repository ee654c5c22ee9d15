import { z } from "zod";
import type { Environment } from "./api-keys.ts";
import { getJson, type GetJsonOptions } from "./providers/get-json.ts";

/** A name for the same thing in the lists of vLLM, OpenRouter and Together, Groq, LM Studio, llama.cpp. */
const size = z.number().int().min(1_024).optional().catch(undefined);
const listedSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      max_model_len: size,
      context_length: size,
      context_window: size,
      loaded_context_length: size,
      meta: z.object({ n_ctx: size }).optional().catch(undefined),
    }),
  ),
});

type Asking = Omit<GetJsonOptions, "timeoutMs">;

/** Whoever lists models does so at once; the window is learned from a refusal otherwise. */
const LISTING_MS = 500;

/** How many tokens a model takes, where the endpoint's list of models says so. */
export async function listedWindow(url: string, model: string, asking: Asking): Promise<number | undefined> {
  const listed = listedSchema.safeParse(await getJson(`${url}/models`, { ...asking, timeoutMs: LISTING_MS }));
  const entry = listed.data?.data.find(({ id }) => id === model);
  if (!entry) return undefined;
  const { max_model_len, loaded_context_length, context_length, context_window, meta } = entry;
  return loaded_context_length ?? max_model_len ?? meta?.n_ctx ?? context_length ?? context_window;
}

/** What Ollama gives a model unless it is told otherwise, or the machine has a large graphics card. */
const OLLAMA_TOKENS = 4_096;
const loadedSchema = z.object({ models: z.array(z.object({ name: z.string(), context_length: size })) });

/**
 * How many tokens a model of Ollama takes: what it was loaded with, else what it would be. Ollama cuts longer prompts
 * without a word, at their beginning, so that nothing could be learned from a refusal.
 */
export async function ollamaWindow(url: string, model: string, env: Environment, asking: Asking): Promise<number> {
  const loaded = loadedSchema.safeParse(await getJson(`${url}/api/ps`, { ...asking, timeoutMs: LISTING_MS }));
  const entry = loaded.data?.models.find(({ name }) => name === model || name === `${model}:latest`);
  const set = Number(env["OLLAMA_CONTEXT_LENGTH"]);
  return entry?.context_length ?? (Number.isInteger(set) && set >= 1_024 ? set : OLLAMA_TOKENS);
}
