import { abortable, whenAborted } from "../base/abort.ts";
import { M1Error } from "../base/errors.ts";
import type { Message } from "../events/message.ts";
import type { ModelAbilities } from "../events/model-call.ts";
import type { LanguageModel, StreamOptions, StreamSettings, StreamedReply } from "../model/model.ts";
import { streamScripted, unexpected } from "../model/providers/scripted-rehearsal.ts";
import { ScriptPlay } from "../model/script.ts";

/** A reply for a test's script. Without `match` and `first` it is for whatever call comes. */
export interface TestReply {
  /** Words that the call's last message must hold. */
  readonly match?: readonly string[];
  /** Words that its first message must hold. */
  readonly first?: readonly string[];
  /** The reply, or how it is made from the call; a throw is the attempt's failure. */
  readonly text: string | ((messages: readonly Message[], settings: StreamSettings) => string);
  readonly finishReason?: StreamedReply["finishReason"];
  /** The reply waits for this; `never` is a call that hangs until it is aborted. */
  readonly after?: Promise<unknown> | "never";
  /** Answers any number of calls, one at least. */
  readonly repeat?: boolean;
}

/** A call that came to a scripted model. */
export interface ScriptedCall {
  readonly messages: readonly Message[];
  readonly settings: StreamSettings;
  readonly signal: AbortSignal;
}

/**
 * A model for tests that plays a script strictly: a call that no reply is for fails, and
 * `assertUsed` fails for such calls and for replies that no call had.
 */
export class ScriptedModel implements LanguageModel {
  readonly id: string;
  readonly abilities: ModelAbilities;
  readonly billing = "free";
  readonly rehearsal = true;
  /** The calls so far, unexpected ones included. */
  readonly calls: ScriptedCall[] = [];
  readonly #play: ScriptPlay<Cued>;
  readonly #unexpected: string[] = [];

  constructor(
    replies: readonly (string | TestReply)[],
    options: { id?: string; abilities?: Partial<ModelAbilities> } = {},
  ) {
    this.id = options.id ?? "scripted/test";
    this.abilities = { schema: true, tool: true, seed: true, orchestrates: "full-ledger", ...options.abilities };
    this.#play = new ScriptPlay(replies.map((reply) => cued(typeof reply === "string" ? { text: reply } : reply)));
  }

  async stream(messages: readonly Message[], settings: StreamSettings, options: StreamOptions): Promise<StreamedReply> {
    options.signal.throwIfAborted();
    this.calls.push({ messages, settings, signal: options.signal });
    const found = this.#play.take(messages);
    if (!found) {
      const failure = unexpected(messages);
      this.#unexpected.push(failure.message);
      throw failure;
    }
    const { reply } = found;
    options.onConnected?.();
    if (reply.after === "never") throw await whenAborted(options.signal);
    if (reply.after) await abortable(reply.after, options.signal);
    const text = typeof reply.text === "string" ? reply.text : reply.text(messages, settings);
    return await streamScripted({ text, finishReason: reply.finishReason }, messages, options);
  }

  /** Throws `script-mismatch` if a call was unexpected or a reply is unused, naming all of both. */
  assertUsed(): void {
    const unused = this.#play.unused.map(({ reply }) => `unused: ${JSON.stringify({ ...reply, text: shown(reply) })}`);
    const wrong = [...this.#unexpected, ...unused];
    if (wrong.length === 0) return;
    throw new M1Error("script-mismatch", `The calls and the script differ:\n${wrong.join("\n")}`, {
      hint: "Change the script, or what calls the model.",
    });
  }
}

/** A reply with its cue in the shape of scripts. */
interface Cued {
  readonly match: string[] | undefined;
  readonly first: string[] | undefined;
  readonly repeat: boolean | undefined;
  readonly reply: TestReply;
}

function cued(reply: TestReply): Cued {
  return {
    match: reply.match && [...reply.match],
    first: reply.first && [...reply.first],
    repeat: reply.repeat,
    reply,
  };
}

function shown({ text }: TestReply): string {
  return typeof text === "string" ? text : "(made from the call)";
}
