import { hash } from "node:crypto";
import type { Message } from "../events/message.ts";

/**
 * An immutable conversation: a chain of messages, each link named by a hash over its parent's name
 * and its message. Appending costs one hash however long the chain is, two teams with the same
 * beginning share its links, and a log that knows a link knows all before it.
 */
export class Conversation {
  static readonly empty = new Conversation(undefined, undefined, "", 0);

  readonly parent: Conversation | undefined;
  readonly message: Message | undefined;
  /** The name of this link; empty for the empty conversation. */
  readonly id: string;
  readonly length: number;

  private constructor(parent: Conversation | undefined, message: Message | undefined, id: string, length: number) {
    this.parent = parent;
    this.message = message;
    this.id = id;
    this.length = length;
  }

  /** The conversation of these messages, oldest first. */
  static of(...messages: readonly Message[]): Conversation {
    return Conversation.empty.append(...messages);
  }

  /** The same conversation with these messages behind it. */
  append(...messages: readonly Message[]): Conversation {
    let last: Conversation = this;
    for (const message of messages) last = new Conversation(last, message, linkId(last.id, message), last.length + 1);
    return last;
  }

  /** The messages, oldest first. */
  messages(): Message[] {
    const list = new Array<Message>(this.length);
    for (let link: Conversation | undefined = this; link?.message; link = link.parent)
      list[link.length - 1] = link.message;
    return list;
  }

  /** The links that `known` does not have, oldest first, and the id of the known link they hang on (null: none). */
  since(known: (id: string) => boolean): { base: string | null; added: Conversation[] } {
    const added: Conversation[] = [];
    for (let link: Conversation | undefined = this; link?.message; link = link.parent) {
      if (known(link.id)) return { base: link.id, added: added.reverse() };
      added.push(link);
    }
    return { base: null, added: added.reverse() };
  }
}

function linkId(parent: string, message: Message): string {
  // Without pictures the name is what it was before messages could have any: older logs know their links by it.
  const named = [parent, message.role, message.name ?? null, message.content, ...picturesOf(message)];
  return hash("sha256", JSON.stringify(named), "base64url");
}

function picturesOf({ images }: Message): string[] {
  return images?.map((image) => image.blob) ?? [];
}
