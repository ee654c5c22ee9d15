import type { ApiKey } from "./providers/endpoint.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export type HostedProvider = "openai" | "anthropic" | "google";

/** The variables that may hold a hosted provider's key, the first one that is set counts. */
export const HOSTED_KEYS: Readonly<Record<HostedProvider, readonly string[]>> = {
  openai: ["OPENAI_API_KEY"],
  anthropic: ["ANTHROPIC_API_KEY"],
  google: ["GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
};

/** The key of a hosted provider, if the environment has one. */
export function hostedKey(provider: HostedProvider, env: Environment): ApiKey | undefined {
  return HOSTED_KEYS[provider].map((name) => keyIn(env, name)).find((key) => key !== undefined);
}

/**
 * The environment variable that holds the key for an address: M1P_KEY_ and its host, upper-case, with
 * the port where the address has one of its own. Exact: a key named for one port isn't sent to another.
 */
export function keyNameOf(url: string): string {
  return `M1P_KEY_${new URL(url).host.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

/** The key in a variable, if it holds one. */
export function keyIn(env: Environment, name: string): ApiKey | undefined {
  const value = env[name]?.trim();
  return value ? { name, value } : undefined;
}
