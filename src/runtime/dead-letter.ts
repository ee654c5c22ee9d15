import { M1Error } from "../base/errors.ts";

/** Why a message was not dealt with. */
export type DeadLetterCause = "unknown-recipient" | "agent-stopped" | "handler-failed";

/** A message that nobody waits for and nobody dealt with. */
export interface DeadLetter<Message> {
  readonly message: Message;
  readonly from: string;
  readonly to: string;
  /** The topic it was published on; undefined for a message sent by name. */
  readonly topic: string | undefined;
  readonly cause: DeadLetterCause;
  /** A sentence for people. */
  readonly reason: string;
  /** What the handler threw, where one did. */
  readonly error: unknown;
}

/** A request that cannot be put into a mailbox. `code` is `agent-unknown`, `agent-stopped` or `request-cycle`. */
export class Undeliverable extends M1Error {
  constructor(code: "agent-unknown" | "agent-stopped" | "request-cycle", message: string, hint: string) {
    super(code, message, { hint });
    this.name = "Undeliverable";
  }
}
