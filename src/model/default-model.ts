import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { hostedKey } from "./api-keys.ts";
import type { Environment, HostedProvider } from "./api-keys.ts";
import { ollamaModels, ollamaUrl } from "./ollama.ts";
import type { Transport } from "./providers/endpoint.ts";

/** What each provider is asked for without -m: able to orchestrate, at a moderate price. */
const DEFAULTS: readonly { readonly provider: HostedProvider; readonly model: string }[] = [
  { provider: "openai", model: "gpt-5.4-mini" },
  { provider: "anthropic", model: "claude-sonnet-5" },
  { provider: "google", model: "gemini-3.8-flash" },
];

export interface ChooseModelOptions {
  readonly env: Environment;
  readonly clock: Clock;
  readonly transport?: Transport;
  /** The names of the local models whose weights are here, the preferred one first. */
  readonly localModels: () => Promise<readonly string[]>;
}

export interface ModelChoice {
  readonly reference: string;
  /** Why this one, as a sentence. */
  readonly why: string;
}

/**
 * The model of a run that names none: the first of an API key in the environment, a running Ollama, a
 * local model. Throws `UsageError` (`model-none`) that lists the ways to have one.
 */
export async function chooseModel(options: ChooseModelOptions): Promise<ModelChoice> {
  const choice = hosted(options.env) ?? (await ollama(options)) ?? (await local(options));
  if (choice) return choice;
  throw new UsageError("model-none", "There is no model to run the teams on.", {
    hint: "Put a key into OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY; or start Ollama with a model; or fetch the local model with `m1p setup`; or name a model with -m.",
  });
}

function hosted(env: Environment): ModelChoice | undefined {
  for (const { provider, model } of DEFAULTS) {
    const key = hostedKey(provider, env);
    if (key) return { reference: `${provider}/${model}`, why: `The environment has ${key.name}.` };
  }
  return undefined;
}

async function ollama({ env, clock, transport }: ChooseModelOptions): Promise<ModelChoice | undefined> {
  const [first, ...others] = (await ollamaModels(env, clock, transport ?? fetch)) ?? [];
  if (first === undefined) return undefined;
  const more = others.length > 0 ? `, the newest of ${others.length + 1}` : "";
  return { reference: `ollama/${first}`, why: `Ollama runs at ${ollamaUrl(env)} and has this model${more}.` };
}

async function local({ localModels }: ChooseModelOptions): Promise<ModelChoice | undefined> {
  const [first] = await localModels();
  return first === undefined ? undefined : { reference: `local/${first}`, why: "Its weights are on this machine." };
}
