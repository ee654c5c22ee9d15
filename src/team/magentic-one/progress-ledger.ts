import { z } from "zod";
import type { OrchestratorMode, ProgressLedger } from "../../events/ledger.ts";
import { askStructured } from "../../model/structured/ask-structured.ts";
import type { LadderMemory } from "../../model/structured/ladder-memory.ts";
import type { Conversation } from "../../steps/conversation.ts";
import type { StepContext } from "../../steps/step-context.ts";
import { ALSO_CALLED } from "./names.ts";
import { fullLedgerPrompt, shortLedgerPrompt, unknownSpeakerProblem } from "./prompts/progress-ledger.ts";

/** The modes in which a model fills the progress ledger in. */
export type LedgerMode = Exclude<OrchestratorMode, "rules">;

export interface LedgerQuestion {
  readonly steps: StepContext;
  /** What was said so far, as the Orchestrator's conversation. */
  readonly conversation: Conversation;
  readonly request: string;
  readonly names: readonly string[];
  readonly mode: LedgerMode;
  readonly memory: LadderMemory;
}

/**
 * `code` says why there is no ledger: `reply-unusable`, or why the model could not be had; `hint`, what to do about it.
 */
export type LedgerAnswer =
  | { readonly ok: true; readonly ledger: ProgressLedger }
  | { readonly ok: false; readonly code: string; readonly problem: string; readonly hint?: string };

/** More replies than this are not asked for before the ledger counts as unusable. */
const ATTEMPTS = 4;
const DESCRIPTION = "Says where the work on the request stands and who acts next.";

/**
 * Has the model fill the progress ledger in, with repair; each unusable reply is reported. A next
 * speaker who does not exist is objected to once; who insists is taken by what else they say.
 */
export async function askProgressLedger(question: LedgerQuestion): Promise<LedgerAnswer> {
  return question.mode === "full-ledger"
    ? await ask(question, fullLedgerPrompt, fullSchema, (ledger) => ledger)
    : await ask(question, shortLedgerPrompt, shortSchema, withoutReasons);
}

async function ask<Schema extends z.ZodObject>(
  { steps, conversation, request, names, memory }: LedgerQuestion,
  prompt: (request: string, names: readonly string[]) => string,
  schema: Schema,
  ledgerOf: (value: z.output<Schema>) => ProgressLedger,
): Promise<LedgerAnswer> {
  let objected = false;
  const answer = await askStructured(steps, {
    conversation: conversation.append({ role: "user", content: prompt(request, names) }),
    schema,
    name: "progress_ledger",
    description: DESCRIPTION,
    memory,
    attempts: ATTEMPTS,
    validate: (value) => {
      const { is_request_satisfied, next_speaker } = ledgerOf(value);
      if (objected || is_request_satisfied.answer || nameMeant(next_speaker.answer, names)) return undefined;
      objected = true;
      return unknownSpeakerProblem(next_speaker.answer, names);
    },
    onRejected: (problem, rung) => steps.report({ type: "ledger-rejected", problem, rung }),
  });
  return answer.ok ? { ok: true, ledger: ledgerOf(answer.value) } : answer;
}

/**
 * The member that a model means by a name: in any case, with or without spaces, decoration, or words
 * around it, or by the name that it has elsewhere.
 */
export function nameMeant(given: string, names: readonly string[]): string | undefined {
  const bare = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const exact = names.find((name) => bare(name) === bare(given));
  if (exact) return exact;
  const elsewhere = ALSO_CALLED.get(bare(given));
  if (elsewhere !== undefined && names.includes(elsewhere)) return elsewhere;
  const within = names.filter((name) => bare(given).includes(bare(name)));
  return within.length === 1 ? within[0] : undefined;
}

/** An entry as models write it: with reason and answer, or the bare answer, or without a reason. */
function entry<Answer extends z.ZodType>(answer: Answer) {
  const spread = (given: unknown) =>
    typeof given === "object" && given !== null ? { reason: "", ...given } : { reason: "", answer: given };
  return z.preprocess(spread, z.object({ reason: z.string(), answer }));
}

const fullSchema = z.object({
  is_request_satisfied: entry(z.boolean()),
  is_in_loop: entry(z.boolean()),
  is_progress_being_made: entry(z.boolean()),
  next_speaker: entry(z.string()),
  instruction_or_question: entry(z.string()),
});

/** A flat answer, also where the model wrote the long form all the same. */
function flat<Answer extends z.ZodType>(answer: Answer) {
  const unwrap = (given: unknown) =>
    typeof given === "object" && given !== null && "answer" in given ? given.answer : given;
  return z.preprocess(unwrap, answer);
}

const shortSchema = z.object({
  is_request_satisfied: flat(z.boolean()),
  is_in_loop: flat(z.boolean()),
  is_progress_being_made: flat(z.boolean()),
  next_speaker: flat(z.string()),
  instruction_or_question: flat(z.string()),
});

function withoutReasons(short: z.output<typeof shortSchema>): ProgressLedger {
  const plain = <Answer>(answer: Answer) => ({ reason: "", answer });
  return {
    is_request_satisfied: plain(short.is_request_satisfied),
    is_in_loop: plain(short.is_in_loop),
    is_progress_being_made: plain(short.is_progress_being_made),
    next_speaker: plain(short.next_speaker),
    instruction_or_question: plain(short.instruction_or_question),
  };
}
