import { M1Error } from "../base/errors.ts";
import type { Usage } from "../events/model-call.ts";

/** A model call that came to nothing, with what it used all the same and what was tried. */
export class ModelFailure extends M1Error {
  readonly usage: Usage | undefined;
  readonly attempts: number;
  readonly retried: readonly string[];

  constructor(
    code: string,
    message: string,
    options: {
      hint?: string;
      cause?: unknown;
      usage?: Usage | undefined;
      attempts?: number;
      retried?: readonly string[];
    } = {},
  ) {
    super(code, message, options);
    this.name = "ModelFailure";
    this.usage = options.usage;
    this.attempts = options.attempts ?? 1;
    this.retried = options.retried ?? [];
  }
}
