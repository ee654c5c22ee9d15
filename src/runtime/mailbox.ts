import { describeError, isCancellation } from "../base/errors.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { Letter } from "./letter.ts";

type Deliver<Message, Reply> = (letter: Letter<Message, Reply>) => Reply | Promise<Reply>;

/**
 * Owns: the letters that wait for one agent, and the one in its hands. Does not own: what the agent does.
 * Invariants: 1. one letter at a time, in the order of posting; 2. every letter is answered, fails
 * its requester, or becomes a dead letter; 3. a handler's throw never leaves the mailbox; 4. after
 * `stop` no letter is handed over any more.
 */
export class Mailbox<Message, Reply> {
  readonly #deliver: Deliver<Message, Reply>;
  readonly #onDeadLetter: (letter: DeadLetter<Message>) => void;
  readonly #waiting = new Set<Letter<Message, Reply>>();
  #inHand: Letter<Message, Reply> | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(deliver: Deliver<Message, Reply>, onDeadLetter: (letter: DeadLetter<Message>) => void) {
    this.#deliver = deliver;
    this.#onDeadLetter = onDeadLetter;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Resolves when nothing waits and nothing is in hand; undefined where that is so already. */
  get working(): Promise<void> | undefined {
    return this.#working;
  }

  /** Puts a letter last. A stopped mailbox makes it a dead letter. */
  post(letter: Letter<Message, Reply>): void {
    if (this.#stopped) {
      this.#onDeadLetter(letter.asDeadLetter("agent-stopped", `${letter.address.to} has been stopped.`));
      return;
    }
    this.#waiting.add(letter);
    // A promise reaction, not a timer: the order of handling depends on the order of posting alone.
    this.#working ??= Promise.resolve().then(() => this.#work());
  }

  /** Cancels the letter in hand and gives all waiting ones up. */
  stop(reason: Error): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#inHand?.cancel(reason);
    for (const letter of this.#waiting) {
      this.#waiting.delete(letter);
      letter.cancel(reason);
      if (letter.isRequest) continue;
      const sentence = `${letter.address.to} was stopped before its turn came: ${describeError(reason)}`;
      this.#onDeadLetter(letter.asDeadLetter("agent-stopped", sentence));
    }
  }

  async #work(): Promise<void> {
    // A set's iterator meets what is added while it goes, in the order of adding.
    for (const letter of this.#waiting) {
      this.#waiting.delete(letter);
      if (letter.signal.aborted) continue;
      this.#inHand = letter;
      await this.#handle(letter);
      this.#inHand = undefined;
    }
    this.#working = undefined;
  }

  async #handle(letter: Letter<Message, Reply>): Promise<void> {
    try {
      letter.answer(await this.#deliver(letter));
    } catch (error) {
      const cut = letter.signal.aborted && (error === letter.signal.reason || isCancellation(error));
      if (letter.fail(error) || cut) return;
      const sentence = `${letter.address.to} failed: ${describeError(error)}`;
      this.#onDeadLetter(letter.asDeadLetter("handler-failed", sentence, error));
    }
  }
}
