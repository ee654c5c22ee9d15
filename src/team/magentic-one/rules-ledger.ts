import type { ProgressLedger } from "../../events/ledger.ts";
import type { Said } from "./agent.ts";
import type { Judgement } from "./judgement.ts";
import { CODER, COMPUTER_TERMINAL, FILE_SURFER } from "./names.ts";
import { RULES } from "./prompts/rules.ts";
import { isCorrectionDue, rulesWork, type Attempt } from "./rules-work.ts";

/**
 * The progress ledger's five answers from what happened, for models that cannot orchestrate: files
 * not shown: FileSurfer; no program, or an error, or no result: Coder; not run: ComputerTerminal; exit
 * code 0 with a result: satisfied. A failed attempt counts as a stall, so that attempts are capped by
 * the same counters as any other trouble; writing the next program neither mends nor worsens that.
 */
export function judgeByRules(messages: readonly Said[], hasFiles: boolean): Judgement {
  const { heads, attempts } = rulesWork(messages);
  switch (attempts.at(-1)?.state) {
    case undefined:
      return heads === undefined && hasFiles
        ? going(FILE_SURFER, RULES.showFiles, "The files are unseen.")
        : going(CODER, RULES.writeProgram, "There is no program yet.");
    case "not-run":
      return going(COMPUTER_TERMINAL, RULES.runProgram, "The program has not been run.");
    case "no-program":
      return failedAttempt(attempts, RULES.writeProgramAgain, "The Coder wrote no program.");
    case "failed":
      return failedAttempt(attempts, RULES.correctProgram, `The program failed: ${errorOf(attempts.at(-1))}`);
    case "no-result":
      return failedAttempt(attempts, RULES.beginAfresh, "The program printed no result.");
    case "unsupported":
      return failedAttempt(attempts, RULES.beginAfresh, "No answer stood on what the program printed.");
    case "result":
      return satisfied();
  }
}

/** An error is known by the last line that is not empty: that is where Python and Node name it. */
function errorOf(attempt: Attempt | undefined): string {
  return attempt?.output.trim().split("\n").at(-1)?.trim().slice(0, 200) ?? "";
}

function going(speaker: string, instruction: string, reason: string): Judgement {
  return { ledger: ledgerOf(speaker, instruction, reason, { progress: true, loop: false }), stall: "hold", reason };
}

/** The same trouble as in an attempt before is a loop. */
function failedAttempt(attempts: readonly Attempt[], correction: string, reason: string): Judgement {
  const last = attempts.at(-1);
  const loop = attempts.slice(0, -1).some((each) => each.state === last?.state && errorOf(each) === errorOf(last));
  const instruction = isCorrectionDue(attempts) ? correction : RULES.beginAfresh;
  return { ledger: ledgerOf(CODER, instruction, reason, { progress: false, loop }), stall: "rise", reason };
}

function satisfied(): Judgement {
  const reason = "The program ran to its end and printed a result.";
  const ledger = ledgerOf(CODER, RULES.continueFromOutput, reason, { progress: true, loop: false });
  return { ledger: { ...ledger, is_request_satisfied: { reason, answer: true } }, stall: "hold", reason };
}

function ledgerOf(
  speaker: string,
  instruction: string,
  reason: string,
  { progress, loop }: { readonly progress: boolean; readonly loop: boolean },
): ProgressLedger {
  return {
    is_request_satisfied: { reason, answer: false },
    is_in_loop: { reason, answer: loop },
    is_progress_being_made: { reason, answer: progress },
    next_speaker: { reason, answer: speaker },
    instruction_or_question: { reason, answer: instruction },
  };
}
