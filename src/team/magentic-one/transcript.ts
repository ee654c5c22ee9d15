import type { Message } from "../../events/message.ts";
import { Conversation } from "../../steps/conversation.ts";
import type { Said } from "./agent.ts";

/**
 * What was said since the last plan, as one member of the group holds it: as a list, and as that
 * member's conversation with a model. The conversation only ever grows at its end until `clear`, so
 * each turn's prompt begins with the one before (provider prompt caches, promise L4). It is made when
 * it is asked for: most members seldom ask a model, some never.
 */
export class Transcript {
  readonly #viewpoint: string;
  readonly #beginning: Conversation;
  #messages: Said[] = [];
  #conversation: Conversation;
  /** How many of the messages the conversation has. */
  #rendered = 0;

  constructor(viewpoint: string, instructions: string | undefined) {
    this.#viewpoint = viewpoint;
    this.#beginning =
      instructions === undefined ? Conversation.empty : Conversation.of({ role: "system", content: instructions });
    this.#conversation = this.#beginning;
  }

  get messages(): readonly Said[] {
    return this.#messages;
  }

  get conversation(): Conversation {
    const added = this.#messages.slice(this.#rendered).map((said) => messageFor(this.#viewpoint, said));
    this.#rendered = this.#messages.length;
    this.#conversation = this.#conversation.append(...added);
    return this.#conversation;
  }

  add(said: Said): void {
    this.#messages.push(said);
  }

  clear(): void {
    this.#messages = [];
    this.#conversation = this.#beginning;
    this.#rendered = 0;
  }
}

/** The text stays as it was said, so that a log that has it needs no second copy (promise L4). */
function messageFor(viewpoint: string, { from, to, text }: Said): Message {
  const name = to === undefined ? from : `${from} to ${to}`;
  if (from !== viewpoint) return { role: "user", name, content: text };
  return { role: "assistant", ...(to === undefined ? {} : { name }), content: text };
}
