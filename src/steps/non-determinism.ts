import { M1Error } from "../base/errors.ts";

/**
 * Team code did on resume something else than the log has of it (promise S4): the team is stopped, its
 * log stays as it was. `recorded` and `asked` name both, in words.
 */
export class NonDeterminism extends M1Error {
  readonly key: string;

  constructor(key: string, recorded: string, asked: string) {
    super("non-determinism", `At ${key} the log has ${recorded}, and the team now ${asked}.`, {
      hint:
        "The program, its prompts or its settings have changed since the run began, or team code depends on something " +
        "outside its step context. `m1p fork RUN --at STEP` starts a new run from before this place.",
    });
    this.name = "NonDeterminism";
    this.key = key;
  }
}
