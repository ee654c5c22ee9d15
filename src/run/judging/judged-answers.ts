import { describeError, UsageError } from "../../base/errors.ts";
import type { FormedAnswer } from "../../events/verdict.ts";
import type { BlobStore } from "../../log/run-log.ts";
import type { AnswerForm } from "../../team/answer-form.ts";
import { withFile } from "../../tools/files/open-file.ts";
import type { Candidate, Judged } from "./answer-judge.ts";
import type { AcceptFunction } from "../race-options.ts";

export interface JudgedAnswersOptions {
  /** The form in which the task wants its answer. */
  readonly form: AnswerForm | undefined;
  /** What a program's own schema says of a value beyond the form: what is wrong with it, or nothing. */
  readonly refine: ((value: unknown) => Promise<string | undefined>) | undefined;
  readonly accept: AcceptFunction | undefined;
  readonly blobs: BlobStore;
}

type Read = { readonly formed?: FormedAnswer } | { readonly problem: string };

/**
 * How answers are judged: first whether they have the form, then by the run's acceptance. Undefined where every real
 * answer will do.
 */
export function judgedAnswers({
  form,
  refine,
  accept,
  blobs,
}: JudgedAnswersOptions): ((candidate: Candidate) => Promise<Judged>) | undefined {
  if (!form) return accept;
  return async (candidate) => {
    const read = await readAnswer(candidate, { form, refine, blobs });
    if ("problem" in read) return { verdict: "reject", reason: rejection(read.problem, form) };
    if (!accept) return { verdict: "accept", reason: "It has the form that is wanted.", ...read };
    return { ...(await deferring(() => accept(candidate))), ...read };
  };
}

/** A check that fails defers; how the form reads the answer stands. */
async function deferring(check: () => Promise<Judged>): Promise<Judged> {
  try {
    return await check();
  } catch (error) {
    return { verdict: "defer", reason: `The check could not be made: ${describeError(error)}` };
  }
}

async function readAnswer(
  { answer, workspace, signal }: Candidate,
  { form, refine, blobs }: Pick<JudgedAnswersOptions, "refine" | "blobs"> & { readonly form: AnswerForm },
): Promise<Read> {
  const read = form.read(answer);
  if (!read.ok) return read;
  const problem = await refine?.(read.value);
  if (problem !== undefined) return { problem };
  const formed = { text: read.text, value: read.value };
  if (form.kind !== "file") return { formed };
  if (!workspace) return { problem: "the team has no folder that a file could be in" };
  try {
    const stored = await withFile(workspace, read.text, ({ handle }) => blobs.putFile(handle.fd, signal));
    return { formed: { ...formed, file: { path: read.text, blob: stored.id, bytes: stored.bytes } } };
  } catch (error) {
    if (error instanceof UsageError) return { problem: error.message.replace(/\.$/, "") };
    throw error;
  }
}

function rejection(problem: string, { demand }: AnswerForm): string {
  return `It cannot be taken as the answer: ${problem}. ${demand}`;
}
