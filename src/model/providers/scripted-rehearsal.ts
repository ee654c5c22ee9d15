import { readFile } from "node:fs/promises";
import { z } from "zod";
import { sleep } from "../../base/clock.ts";
import type { Clock } from "../../base/clock.ts";
import { UsageError, describeError } from "../../base/errors.ts";
import type { Message } from "../../events/message.ts";
import { AttemptFailed } from "../attempt-failed.ts";
import type { LanguageModel, StreamOptions, StreamSettings, StreamedReply } from "../model.ts";
import { ScriptPlay, scriptSchema } from "../script.ts";
import type { ScriptedReply } from "../script.ts";
import { estimatePromptTokens, estimateTextTokens } from "../token-estimate.ts";

const CHUNK_CHARACTERS = 24;

/**
 * Opens a script file for a rehearsal. Throws `UsageError` (`script-unreadable`) where it isn't there
 * or isn't a script.
 */
export async function openScriptedRehearsal(id: string, file: string, clock: Clock): Promise<LanguageModel> {
  const unreadable = (cause: unknown, problem: string) =>
    new UsageError("script-unreadable", `The script ${file} can't be used: ${problem}.`, {
      hint: 'A script is JSON: {"replies": [{"match": "words of the last message", "text": "the reply"}, …]}.',
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw unreadable(error, isMissing ? "there is no such file" : describeError(error));
  }
  const script = scriptSchema.safeParse(json);
  if (!script.success) throw unreadable(script.error, z.prettifyError(script.error));
  return new ScriptedRehearsal(id, script.data.replies, clock);
}

/**
 * Plays a script. Teams that share it are told apart by their seeds: each plays it from the beginning.
 * Owns: how far each has come. Does not own: real time, which is the clock's.
 */
class ScriptedRehearsal implements LanguageModel {
  readonly id: string;
  /** It is shown pictures; what it says of them stands in the script. */
  readonly abilities = { schema: true, tool: true, seed: true, vision: true, orchestrates: "full-ledger" } as const;
  readonly billing = "free";
  readonly rehearsal = true;
  readonly #replies: readonly ScriptedReply[];
  readonly #clock: Clock;
  readonly #plays = new Map<number | undefined, ScriptPlay<ScriptedReply>>();

  constructor(id: string, replies: readonly ScriptedReply[], clock: Clock) {
    this.id = id;
    this.#replies = replies;
    this.#clock = clock;
  }

  async stream(messages: readonly Message[], settings: StreamSettings, options: StreamOptions): Promise<StreamedReply> {
    options.signal.throwIfAborted();
    const play = this.#plays.get(settings.seed) ?? new ScriptPlay(this.#replies);
    this.#plays.set(settings.seed, play);
    const reply = play.take(messages);
    if (!reply) throw unexpected(messages);
    options.onConnected?.();
    if (reply.delayMs !== undefined) await sleep(this.#clock, reply.delayMs, options.signal);
    return await streamScripted(reply, messages, options);
  }
}

/** Streams a scripted reply in pieces; stops at an abort. */
export async function streamScripted(
  reply: Pick<ScriptedReply, "text" | "finishReason">,
  messages: readonly Message[],
  options: StreamOptions,
): Promise<StreamedReply> {
  for (let start = 0; start < reply.text.length; start += CHUNK_CHARACTERS) {
    await Promise.resolve();
    options.signal.throwIfAborted();
    const piece = reply.text.slice(start, start + CHUNK_CHARACTERS);
    options.onProgress?.(piece.length);
    options.onText?.(piece);
  }
  const inputTokens = estimatePromptTokens(messages);
  const outputTokens = estimateTextTokens(reply.text);
  return {
    text: reply.text,
    finishReason: reply.finishReason ?? "stop",
    usage: { inputTokens, outputTokens, cachedTokens: 0, cacheWriteTokens: 0 },
  };
}

/** The failure of a call that no reply of the script is for. */
export function unexpected(messages: readonly Message[]): AttemptFailed {
  const asked = (messages.at(-1)?.content ?? "").slice(0, 200);
  return new AttemptFailed("script-unexpected", `The script has no reply left for a call that ends: "${asked}"`, {
    hint: 'Add a reply whose "match" this call\'s last message holds.',
    retryable: false,
  });
}
