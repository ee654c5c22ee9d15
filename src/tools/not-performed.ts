import { M1Error } from "../base/errors.ts";

/**
 * Thrown by an external call of a tool when it surely did nothing: the connection was refused, the other side
 * turned it down. Everything else that such a call throws means that nobody knows.
 */
export class NotPerformed extends M1Error {
  /** Whether another try in a moment may succeed (the other side is busy or restarts). */
  readonly temporary: boolean;

  constructor(
    message: string,
    options: { readonly temporary?: boolean; readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super("not-performed", message, options);
    this.name = "NotPerformed";
    this.temporary = options.temporary ?? false;
  }
}
