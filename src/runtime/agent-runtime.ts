import { Cancelled, M1Error } from "../base/errors.ts";
import { type DeadLetter, Undeliverable } from "./dead-letter.ts";
import { Letter } from "./letter.ts";
import { Mailbox } from "./mailbox.ts";

/** How somebody reaches the agents. */
export interface Port<Message, Reply> {
  /** Posts a message to one agent. What goes wrong with it is a dead letter. */
  readonly send: (to: string, message: Message) => void;
  /**
   * Posts a message and waits for the reply. Rejects with what the handler threw, with `Undeliverable`
   * where it cannot be posted, with the reason of `signal` or of a stop as soon as one comes. Without
   * `signal`, a request made inside a handler is cancelled with the message being handled.
   */
  readonly request: (to: string, message: Message, options?: { signal?: AbortSignal }) => Promise<Reply>;
  /** Posts a message to all subscribers of a topic but the sender, in the order of subscription. */
  readonly publish: (topic: string, message: Message) => void;
}

/** A message in an agent's hands, with the means to act on it. */
export interface Delivery<Message, Reply> extends Port<Message, Reply> {
  readonly message: Message;
  readonly from: string;
  readonly topic: string | undefined;
  /** Aborted when the request is cancelled or the agent stopped. */
  readonly signal: AbortSignal;
}

/** What it returns is the reply, where the message was a request. */
export type Handler<Message, Reply> = (delivery: Delivery<Message, Reply>) => Reply | Promise<Reply>;

/**
 * Owns: agents by name, their mailboxes, the topics. Does not own: what agents say or do.
 * Invariants: 1. an agent handles one message at a time, in the order of posting; 2. order depends
 * on the order of posting alone: no timers, no chance; 3. every message is handled, fails its
 * requester, or is shown to `onDeadLetter` (which must not throw); 4. after `stop` nothing is handled
 * any more, and every open request has been rejected.
 */
export class AgentRuntime<Message, Reply = void> {
  readonly #mailboxes = new Map<string, Mailbox<Message, Reply>>();
  readonly #topics = new Map<string, Set<string>>();
  readonly #onDeadLetter: (letter: DeadLetter<Message>) => void;
  #stopped = false;

  constructor(onDeadLetter: (letter: DeadLetter<Message>) => void) {
    this.#onDeadLetter = onDeadLetter;
  }

  /** Adds an agent. Throws `agent-exists` for a name in use, `runtime-stopped` after `stop`. */
  register(name: string, handler: Handler<Message, Reply>): void {
    if (this.#stopped) throw new M1Error("runtime-stopped", `"${name}" cannot be added: the runtime was stopped.`);
    if (this.#mailboxes.has(name)) throw new M1Error("agent-exists", `There is already an agent named "${name}".`);
    const deliver = (letter: Letter<Message, Reply>) => handler(this.#delivery(name, letter));
    this.#mailboxes.set(name, new Mailbox(deliver, this.#onDeadLetter));
  }

  /** Lets an agent have what is published on a topic from now on. */
  subscribe(topic: string, name: string): void {
    const subscribers = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, subscribers.add(name));
  }

  /** A way in for somebody who is no agent, under a name of theirs. */
  portOf(name: string): Port<Message, Reply> {
    return this.#port(name, undefined);
  }

  /** Stops one agent: its message in hand is aborted, its waiting mail given up. Others go on. */
  stopAgent(name: string, reason: Error = new Cancelled("agent-stopped", `${name} was stopped.`)): void {
    this.#mailboxes.get(name)?.stop(reason);
  }

  /** Stops all agents and resolves when the last handler has returned. Stopping twice is allowed. */
  async stop(reason: Error = new Cancelled("runtime-stopped", "The agents were stopped.")): Promise<void> {
    this.#stopped = true;
    for (const mailbox of this.#mailboxes.values()) mailbox.stop(reason);
    await this.idle();
  }

  /** Resolves when no message waits and none is in hand. */
  async idle(): Promise<void> {
    for (let busy = this.#busy(); busy.length > 0; busy = this.#busy()) await Promise.all(busy);
  }

  #busy(): Promise<void>[] {
    return [...this.#mailboxes.values()].flatMap((mailbox) => mailbox.working ?? []);
  }

  #delivery(name: string, letter: Letter<Message, Reply>): Delivery<Message, Reply> {
    const { message, signal, address } = letter;
    return { message, signal, from: address.from, topic: address.topic, ...this.#port(name, letter) };
  }

  #port(from: string, handling: Letter<Message, Reply> | undefined): Port<Message, Reply> {
    return {
      send: (to, message) => this.#post(Letter.mail(message, { from, to, topic: undefined })),
      publish: (topic, message) => {
        for (const to of this.#topics.get(topic) ?? []) {
          if (to !== from) this.#post(Letter.mail(message, { from, to, topic }));
        }
      },
      request: (to, message, options) => this.#request(from, to, message, options?.signal, handling),
    };
  }

  #post(letter: Letter<Message, Reply>): void {
    const mailbox = this.#mailboxes.get(letter.address.to);
    if (mailbox) return mailbox.post(letter);
    this.#onDeadLetter(letter.asDeadLetter("unknown-recipient", `There is no agent named "${letter.address.to}".`));
  }

  async #request(
    from: string,
    to: string,
    message: Message,
    signal: AbortSignal | undefined,
    handling: Letter<Message, Reply> | undefined,
  ): Promise<Reply> {
    const mailbox = this.#mailboxes.get(to);
    if (!mailbox) throw new Undeliverable("agent-unknown", `There is no agent named "${to}".`, "Register it first.");
    if (mailbox.stopped)
      throw new Undeliverable("agent-stopped", `${to} has been stopped.`, "Ask before it is stopped.");
    refuseCycle(from, to, handling);
    const address = { from, to, topic: undefined };
    const { letter, reply } = Letter.request(message, address, signal ?? handling?.signal, handling);
    mailbox.post(letter);
    return reply;
  }
}

/** An agent that waits, directly or through others, for itself would wait for ever. */
function refuseCycle<Message, Reply>(from: string, to: string, handling: Letter<Message, Reply> | undefined): void {
  for (let letter = handling; letter; letter = letter.awaitedBy) {
    if (letter.address.to !== to) continue;
    throw new Undeliverable(
      "request-cycle",
      `${from} cannot wait for ${to}: ${to} is itself waiting for this.`,
      "Send the message without waiting for the reply.",
    );
  }
}
