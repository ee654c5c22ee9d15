import { describeError, isCancellation, M1Error } from "../base/errors.ts";
import type { EventOf, Failure } from "../events/run-event.ts";
import { ModelFailure } from "./model-failure.ts";
import { StepFailed } from "./step-failed.ts";

/** What a step came to. */
export type Finish = Pick<
  EventOf<"step-finished">,
  "reply" | "result" | "usage" | "attempts" | "retried" | "snapshot" | "staged"
>;

/** How a step ended, before it has its place in the log. */
export type EndedStep =
  | ({ readonly status: "succeeded" } & Finish)
  | ({ readonly status: "failed" | "aborted"; readonly failure: Failure } & Finish);

/** The end of a step that threw. */
export function failedStep(error: unknown, aborted: boolean): EndedStep {
  const spent = error instanceof ModelFailure ? error : undefined;
  return {
    status: aborted ? "aborted" : "failed",
    failure: failureOf(error),
    ...(spent?.usage ? { usage: spent.usage } : {}),
    attempts: spent?.attempts ?? 1,
    ...(spent && spent.retried.length > 0 ? { retried: [...spent.retried] } : {}),
  };
}

/** A recorded end as the step itself gave it: a failure is thrown again. */
export function finishOf(event: EventOf<"step-finished">): Finish {
  if (event.status === "succeeded") return event;
  throw new StepFailed(event.key, event.failure ?? { code: "step-failed", message: "The step failed." });
}

function failureOf(error: unknown): Failure {
  if (error instanceof M1Error) {
    return { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
  }
  return { code: isCancellation(error) ? "cancelled" : "step-crashed", message: describeError(error) };
}
