import { realClock } from "../../base/clock.ts";
import { HOSTED_KEYS, hostedKey, type HostedProvider } from "../../model/api-keys.ts";
import { ollamaModels, ollamaUrl } from "../../model/ollama.ts";
import { hasLocalEngine, localEngineMissing } from "../../model/providers/local-engine.ts";
import { installedModels } from "../../model/local-weights.ts";
import { defaultModel } from "../../run/line-up/default-model.ts";
import { describeError } from "../../base/errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

/** `m1p models`: what can be used here, and what is taken without -m. */
export async function listModels(terminal: Terminal): Promise<number> {
  for (const line of await describeModels(terminal.environment)) terminal.stdout.write(`${line}\n`);
  return EXIT.answered;
}

export async function describeModels(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [provider, names] of Object.entries(HOSTED_KEYS)) {
    const key = hostedKey(provider as HostedProvider, environment);
    lines.push(
      row(`${provider}/NAME`, key ? `usable: the environment has ${key.name}` : `needs ${names.join(" or ")}`),
    );
  }
  const ollama = await ollamaModels(environment, realClock, fetch);
  const ollamaAt = ollamaUrl(environment);
  if (ollama === undefined) lines.push(row("ollama/NAME", `Ollama does not answer at ${ollamaAt}`));
  for (const name of ollama ?? []) lines.push(row(`ollama/${name}`, `usable: Ollama at ${ollamaAt}`));
  const local = await installedModels(environment);
  for (const name of local) lines.push(row(`local/${name}`, "usable: its weights are on this machine"));
  lines.push(...lackingLocal(local), row("local/PATH.gguf", "any GGUF file"));
  lines.push(row("URL#NAME", "any OpenAI-compatible endpoint, as http://localhost:8000/v1#my-model"));
  lines.push(row("scripted/FILE", "a rehearsal: replies from a file, no real model"));
  lines.push("", await describeDefault(environment));
  return lines;
}

/** What is missing where no local model can be run. */
function lackingLocal(usable: readonly string[]): readonly string[] {
  if (usable.length > 0) return [];
  if (hasLocalEngine()) return [row("local/NAME", "no weights here yet: m1p setup fetches them")];
  const { message, hint } = localEngineMissing();
  return [row("local/NAME", `${message} ${hint}`)];
}

async function describeDefault(environment: NodeJS.ProcessEnv): Promise<string> {
  try {
    const choice = await defaultModel(environment, realClock);
    return `Without -m: ${choice.reference}. ${choice.why}`;
  } catch (error) {
    return `Without -m: nothing. ${describeError(error)}`;
  }
}

function row(name: string, what: string): string {
  return `${name.padEnd(36)}${what}`;
}
