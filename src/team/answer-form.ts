import type { JsonSchema } from "../events/model-call.ts";

/** What an answer was read as, or what is wrong with it, in words for whoever gave it. */
export type ReadAnswer =
  | {
      readonly ok: true;
      /** The answer in the form's own notation. */
      readonly text: string;
      /** What it says: a number, a list, a value of the schema, a path. */
      readonly value: unknown;
    }
  | { readonly ok: false; readonly problem: string };

/** The form in which a task wants its answer. A task without one wants a text. */
export interface AnswerForm {
  readonly kind: "number" | "list" | "file" | "schema";
  /** What the answer has to be, as a sentence to stand behind the task. */
  readonly demand: string;
  /** How it is to be written, as a list for the final answer's prompt. */
  readonly rules: string;
  /**
   * Where the answer is a JSON value: the schema of an object whose property `answer` is it, for models that can be
   * held to one.
   */
  readonly schema?: JsonSchema;
  /** Reads what a model or a program gave as its answer: the answer alone, or a whole reply that names it. */
  read(said: string): ReadAnswer;
}
