import { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import type { Environment } from "./api-keys.ts";
import type { Transport } from "./providers/endpoint.ts";
import { getJson } from "./providers/get-json.ts";

const OLLAMA_PORT = "11434";
/** It answers from memory; a host that takes longer is no default. */
const PROBE_MS = 500;

/**
 * Where Ollama is: OLLAMA_HOST as Ollama itself reads it (with or without scheme and port), else its
 * default. Throws `UsageError` (`ollama-host`).
 */
export function ollamaUrl(env: Environment): string {
  const host = env["OLLAMA_HOST"]?.trim() || "127.0.0.1";
  const full = /^https?:\/\//i.test(host) ? host : `http://${host}`;
  if (!URL.canParse(full))
    throw new UsageError("ollama-host", `OLLAMA_HOST is no address: "${host}".`, { hint: "Give HOST:PORT." });
  const url = new URL(full);
  if (url.port === "" && !/^https?:\/\//i.test(host)) url.port = OLLAMA_PORT;
  // What a server listens on when it listens everywhere is no address to call.
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  return url.origin;
}

const tagsSchema = z.object({ models: z.array(z.object({ name: z.string() })) });

/** The names of the models of a running Ollama, newest first as it lists them; undefined where none answers. */
export async function ollamaModels(
  env: Environment,
  clock: Clock,
  transport: Transport,
): Promise<string[] | undefined> {
  const tags = await getJson(`${ollamaUrl(env)}/api/tags`, { clock, transport, timeoutMs: PROBE_MS });
  return tagsSchema.safeParse(tags).data?.models.map((model) => model.name);
}
