import { M1Error } from "../base/errors.ts";
import type { Failure } from "../events/run-event.ts";

/** A step that could not be done. `code` is the cause's own (`model-http`, `model-timeout`, `tool-unknown`, …). */
export class StepFailed extends M1Error {
  readonly key: string;

  constructor(key: string, failure: Failure, cause?: unknown) {
    super(failure.code, failure.message, {
      ...(failure.hint ? { hint: failure.hint } : {}),
      ...(cause ? { cause } : {}),
    });
    this.name = "StepFailed";
    this.key = key;
  }
}
