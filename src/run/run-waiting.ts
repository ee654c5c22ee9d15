import { M1Error } from "../base/errors.ts";

/**
 * No team can go on before a person has decided something. Nothing is lost: the process may end, and when
 * the questions are answered the run is resumed.
 */
export class RunWaiting extends M1Error {
  /** The ids of the questions, as `m1p approvals` lists them. */
  readonly questions: readonly string[];

  constructor(runId: string, questions: readonly string[]) {
    const count = questions.length === 1 ? "a decision" : `${questions.length} decisions`;
    super("run-waiting", `The run waits for ${count} of a person: ${questions.join(", ")}.`, {
      hint: `m1p approvals tells what it is about; m1p approve ID or m1p deny ID decides; then m1p resume ${runId} goes on.`,
    });
    this.name = "RunWaiting";
    this.questions = questions;
  }
}
