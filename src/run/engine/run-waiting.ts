import { M1Error } from "../../base/errors.ts";

/**
 * No team can go on before a person has decided something. Nothing is lost: the process may end, and when
 * the questions are answered the run is resumed.
 */
export class RunWaiting extends M1Error {
  /** The ids of the questions, as `m1p approvals` lists them. */
  readonly questions: readonly string[];

  /** Of a run that is kept in memory only, nothing is left to be decided about. */
  constructor(runId: string, questions: readonly string[], isVolatile = false) {
    const count = questions.length === 1 ? "a decision" : `${questions.length} decisions`;
    super("run-waiting", `The run waits for ${count} of a person: ${questions.join(", ")}.`, {
      hint: isVolatile
        ? "It was kept in memory only and ends here. Keep a run whose calls a person may have to decide on disk: leave `store` out."
        : `m1p approvals tells what it is about; m1p approve ID or m1p deny ID decides; then m1p resume ${runId} goes on.`,
    });
    this.name = "RunWaiting";
    this.questions = questions;
  }
}
