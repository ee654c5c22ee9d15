import { z } from "zod";
import type { Message } from "../events/message.ts";
import { finishReasonSchema } from "../events/model-call.ts";

const wordsSchema = z.union([z.string(), z.array(z.string())]).transform((words) => [words].flat());

/** A scripted reply and the calls it is for. */
export const scriptedReplySchema = z.strictObject({
  /** Words that the call's last message must hold, all of them; without any, every call matches. */
  match: wordsSchema.optional(),
  /** Words that its first message must hold: they tell agents apart. */
  first: wordsSchema.optional(),
  text: z.string(),
  /** How long the model thinks before its first word, in milliseconds. */
  delayMs: z.number().nonnegative().optional(),
  /** Answers any number of calls instead of one. */
  repeat: z.boolean().optional(),
  finishReason: finishReasonSchema.optional(),
});
export type ScriptedReply = z.output<typeof scriptedReplySchema>;

/** A rehearsal's script file. */
export const scriptSchema = z.strictObject({ replies: z.array(scriptedReplySchema).nonempty() });

/** What of a reply decides about calls. */
type Cue = Pick<ScriptedReply, "match" | "first" | "repeat">;

/** One playing of a script: each reply goes to the first call that it matches, in the script's order. */
export class ScriptPlay<Reply extends Cue> {
  readonly #replies: readonly Reply[];
  readonly #used = new Set<Reply>();

  constructor(replies: readonly Reply[]) {
    this.#replies = replies;
  }

  /** The reply for a call; nothing where the script has none left. */
  take(messages: readonly Message[]): Reply | undefined {
    const reply = this.#replies.find((each) => (each.repeat || !this.#used.has(each)) && matches(each, messages));
    if (reply) this.#used.add(reply);
    return reply;
  }

  /** Replies that no call has had. */
  get unused(): readonly Reply[] {
    return this.#replies.filter((reply) => !this.#used.has(reply));
  }
}

function matches({ match, first }: Cue, messages: readonly Message[]): boolean {
  const holds = (message: Message | undefined, words: readonly string[] = []) =>
    words.every((word) => message?.content.includes(word));
  return holds(messages.at(-1), match) && holds(messages[0], first);
}
