import type { AnswerForm } from "../../team/answer-form.ts";
import { namedAnswer } from "./named-answer.ts";

/** A file of the team's folder, where the task says at which path; else the answer names it. */
export function fileForm(path: string | undefined): AnswerForm {
  const which = path === undefined ? "" : ` Its path is to be ${path}.`;
  return {
    kind: "file",
    demand: `The answer is to be a file that is made in the current folder.${which}`,
    rules: `- The answer is the path of the finished file, relative to the current folder, and nothing else${path === undefined ? "" : `: ${path}`}.
- The file must be there, as the work above made it; its contents do not belong in the answer.`,
    read(said) {
      const named = namedAnswer(said).replace(/^["'`](.*)["'`]$/s, "$1");
      const value = path ?? named.replace(/^\.\//, "");
      if (value === "" || value.includes("\n")) return { ok: false, problem: "it names no file" };
      return { ok: true, value, text: value };
    },
  };
}
