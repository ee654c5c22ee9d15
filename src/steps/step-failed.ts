import { M1Error } from "../base/errors.ts";
import type { Failure } from "../events/run-event.ts";

/**
 * A step that could not be done. `code` is the cause's own (`model-http`, `model-timeout`, `tool-unknown`, …).
 * It carries what the log has of the failure and nothing more, so that a resumed team sees the same.
 */
export class StepFailed extends M1Error {
  readonly key: string;

  constructor(key: string, failure: Failure) {
    super(failure.code, failure.message, failure.hint ? { hint: failure.hint } : {});
    this.name = "StepFailed";
    this.key = key;
  }
}
