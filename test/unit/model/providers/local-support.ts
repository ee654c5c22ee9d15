import { CancelScope } from "../../../../src/base/abort.ts";
import { M1Error } from "../../../../src/base/errors.ts";
import type { Message } from "../../../../src/events/message.ts";
import { localModels, weightsOf } from "../../../../src/model/local-weights.ts";
import type { LanguageModel, StreamOptions, StreamSettings } from "../../../../src/model/model.ts";
import type { LocalWeights } from "../../../../src/model/providers/local-model.ts";

/** The small model that tests run on; `npm run setup` fetches it. */
export async function testWeights(): Promise<LocalWeights> {
  const chosen = localModels.find((model) => model.tests);
  if (!chosen) throw new M1Error("no-test-model", "models.json names no model for tests.");
  return { id: `local/${chosen.name}`, path: await weightsOf(chosen.name, process.env) };
}

export function asking(words: string): Message[] {
  return [{ role: "user", content: words }];
}

/** A prompt that takes the model some seconds to read. */
export function longPrompt(beginning: string): Message[] {
  return asking(`${beginning} ${"and one more thing ".repeat(800)}`);
}

/** Asks, keeping what was streamed. */
export async function ask(
  model: LanguageModel,
  messages: readonly Message[],
  settings: Partial<StreamSettings> = {},
  options: Partial<StreamOptions> = {},
) {
  const pieces: string[] = [];
  const reply = await model.stream(
    messages,
    { format: { kind: "text" }, temperature: 0.7, seed: 1, maxOutputTokens: 24, ...settings },
    { signal: new CancelScope().signal, onText: (text) => pieces.push(text), ...options },
  );
  return { ...reply, pieces };
}
