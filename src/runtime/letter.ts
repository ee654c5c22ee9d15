import { abortable, CancelScope } from "../base/abort.ts";
import type { DeadLetter, DeadLetterCause } from "./dead-letter.ts";

/** Where a message comes from and goes to. */
export interface Address {
  readonly from: string;
  readonly to: string;
  readonly topic: string | undefined;
}

/**
 * Owns: one message on its way, the scope in which it is handled, and the requester's promise if
 * somebody waits for a reply. Does not own: the mailbox it lies in.
 */
export class Letter<Message, Reply> {
  readonly message: Message;
  readonly address: Address;
  /** The request whose handler waits for this one; the chain of them shows a cycle. */
  readonly awaitedBy: Letter<Message, Reply> | undefined;
  readonly #scope: CancelScope;
  readonly #reply: PromiseWithResolvers<Reply> | undefined;

  private constructor(
    message: Message,
    address: Address,
    reply: PromiseWithResolvers<Reply> | undefined,
    signal?: AbortSignal,
    awaitedBy?: Letter<Message, Reply>,
  ) {
    this.message = message;
    this.address = address;
    this.awaitedBy = awaitedBy;
    this.#scope = new CancelScope(signal);
    this.#reply = reply;
  }

  /** A letter that nobody waits for. */
  static mail<Message, Reply>(message: Message, address: Address): Letter<Message, Reply> {
    return new Letter<Message, Reply>(message, address, undefined);
  }

  /** A letter whose sender waits; aborting `signal` cancels its handling and nothing else. */
  static request<Message, Reply>(
    message: Message,
    address: Address,
    signal: AbortSignal | undefined,
    awaitedBy: Letter<Message, Reply> | undefined,
  ): { letter: Letter<Message, Reply>; reply: Promise<Reply> } {
    const reply = Promise.withResolvers<Reply>();
    const letter = new Letter(message, address, reply, signal, awaitedBy);
    return { letter, reply: abortable(reply.promise, letter.signal) };
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  get isRequest(): boolean {
    return this.#reply !== undefined;
  }

  /** The handler came to this. A requester that was cancelled has gone already. */
  answer(reply: Reply): void {
    this.#reply?.resolve(reply);
    this.#scope.dispose();
  }

  /** The handler threw. Returns whether somebody was waiting and has been told. */
  fail(error: unknown): boolean {
    const told = this.#reply !== undefined && !this.signal.aborted;
    this.#reply?.reject(error);
    this.#scope.dispose();
    return told;
  }

  cancel(reason: Error): void {
    this.#scope.cancel(reason);
  }

  asDeadLetter(cause: DeadLetterCause, reason: string, error?: unknown): DeadLetter<Message> {
    return { message: this.message, ...this.address, cause, reason, error };
  }
}
