import type { Message } from "../../events/message.ts";
import { Conversation } from "../../steps/conversation.ts";
import { shortenedText } from "../context/shortened-text.ts";
import type { Said } from "./agent.ts";
import { ARCHIVE, ORCHESTRATOR, RUN, TASK_LEDGER, USER } from "./names.ts";
import { cutNote } from "./prompts/context.ts";

/** How long messages may be in a conversation, in estimated tokens; longer ones lose their middle. */
export interface MessageLengths {
  readonly ledger: number;
  readonly message: number;
}

/** How older messages appear in the conversations of all members, once these have become long. */
export interface Abridgement {
  /** Messages up to this number are in the digest only, the task ledger and those that are kept apart. */
  readonly dropped: number;
  /** Messages up to this number are cut to `short`. */
  readonly shortened: number;
  readonly short: number;
  /** Messages after these, up to this number, are the newest there were: they are cut to `recentLength`. */
  readonly recent: number;
  readonly recentLength: number;
  /** Those of the dropped that are shown all the same, and how long each may be. */
  readonly kept: ReadonlySet<number>;
  readonly keptLength: number;
  /** What stands for the dropped ones; empty where none are. */
  readonly digest: string;
}

const UNLIMITED: MessageLengths = { ledger: Infinity, message: Infinity };

/**
 * Whether a message is not to be dropped: what a person or the run said, an answer that was proposed, what was said of
 * it.
 */
export function isTelling({ from, to }: Said): boolean {
  return from === USER || from === RUN || (from === ORCHESTRATOR && to === undefined);
}

/**
 * What was said, as one member of the group holds it: as a list since the last plan, and as that member's
 * conversation with a model, abridged where it would not fit. The conversation only ever grows at its end until
 * `clear` or `abridge`, so each turn's prompt begins with the one before (provider prompt caches, promise L4). It is
 * made when it is asked for: most members seldom ask a model, some never.
 * Owns: what was said, and how it stands in that conversation. Does not own: what gives way and when (the compaction),
 * the model's window. Invariants: 1. nothing that was said is ever lost from `all`; 2. message n has the same number
 * for every member; 3. a text that fits stands as it was said.
 */
export class Transcript {
  readonly #viewpoint: string;
  readonly #beginning: Conversation;
  readonly #lengths: () => MessageLengths;
  /** All that was ever said; message n is the n-th, the same for every member. */
  readonly #all: Said[] = [];
  #messages: Said[] = [];
  #conversation: Conversation;
  /** How many of the messages the conversation has. */
  #rendered = 0;
  #abridgement: Abridgement | undefined;
  #isAbridged = false;

  constructor(viewpoint: string, instructions: string | undefined, lengths: () => MessageLengths = () => UNLIMITED) {
    this.#viewpoint = viewpoint;
    this.#lengths = lengths;
    this.#beginning =
      instructions === undefined ? Conversation.empty : Conversation.of({ role: "system", content: instructions });
    this.#conversation = this.#beginning;
  }

  /** Since the last plan. */
  get messages(): readonly Said[] {
    return this.#messages;
  }

  /** Since the beginning. */
  get all(): readonly Said[] {
    return this.#all;
  }

  /** Whether anything that was said was ever cut or left out: then the Archive has something to read out. */
  get isAbridged(): boolean {
    return this.#isAbridged;
  }

  get conversation(): Conversation {
    const added: Message[] = [];
    for (; this.#rendered < this.#messages.length; this.#rendered++) added.push(...this.#render(this.#rendered));
    this.#conversation = this.#conversation.append(...added);
    return this.#conversation;
  }

  add(said: Said): void {
    this.#messages.push(said);
    this.#all.push(said);
  }

  clear(): void {
    this.#messages = [];
    this.#begin(undefined);
  }

  /** Older messages appear in another way from now on. */
  abridge(abridgement: Abridgement): void {
    this.#begin(abridgement);
  }

  #begin(abridgement: Abridgement | undefined): void {
    this.#abridgement = abridgement;
    this.#conversation = this.#beginning;
    this.#rendered = 0;
  }

  /** The digest stands behind the task ledger, with which every plan begins. */
  #render(index: number): Message[] {
    const said = this.#messages[index];
    if (!said) return [];
    const number = this.#all.length - this.#messages.length + index + 1;
    const most = this.#lengthOf(said, number);
    const messages = most === undefined ? [] : [messageFor(this.#viewpoint, said, number, most)];
    if (messages[0]?.content !== said.text) this.#isAbridged = true;
    const digest = index === 0 ? this.#abridgement?.digest : undefined;
    if (digest) messages.push({ role: "user", name: ARCHIVE, content: digest });
    return messages;
  }

  /** How long a message may be; undefined for one that is in the digest only. */
  #lengthOf(said: Said, number: number): number | undefined {
    const { ledger, message } = this.#lengths();
    if (said.from === TASK_LEDGER) return ledger;
    if (!this.#abridgement) return message;
    const { dropped, shortened, short, recent, recentLength, kept, keptLength } = this.#abridgement;
    if (number <= dropped) return kept.has(number) ? keptLength : undefined;
    if (number <= shortened && !isTelling(said)) return Math.min(short, message);
    return number <= recent ? Math.min(recentLength, message) : message;
  }
}

/** A text that fits stays as it was said, so that a log that has it needs no second copy (promise L4). */
function messageFor(viewpoint: string, { from, to, text }: Said, number: number, most: number): Message {
  const name = to === undefined ? from : `${from} to ${to}`;
  const content = most === Infinity ? text : shortenedText(text, most, (left) => cutNote(number, left));
  if (from !== viewpoint) return { role: "user", name, content };
  return { role: "assistant", ...(to === undefined ? {} : { name }), content };
}
