import type { ProgressLedger } from "../../events/ledger.ts";
import type { Said } from "./agent.ts";
import { codeBlocks } from "./code-blocks.ts";
import type { Judgement } from "./judgement.ts";
import { CODER, COMPUTER_TERMINAL, FILE_SURFER } from "./names.ts";
import { RULES } from "./prompts/rules.ts";
import { rulesWork } from "./rules-work.ts";

/**
 * The progress ledger's five answers from what happened, for models that cannot orchestrate: files
 * not shown: FileSurfer; no program, or an error, or no output: Coder; not run: ComputerTerminal; exit
 * code 0 with output: satisfied. A failed attempt counts as a stall, so that attempts are capped by
 * the same counters as any other trouble; writing the next program neither mends nor worsens that.
 */
export function judgeByRules(messages: readonly Said[], hasFiles: boolean): Judgement {
  const { heads, program, run, earlierRuns } = rulesWork(messages);
  if (!program && heads === undefined && hasFiles) return going(FILE_SURFER, RULES.showFiles, "The files are unseen.");
  if (!program) return going(CODER, RULES.writeProgram, "There is no program yet.");
  if (!run && codeBlocks(program.text).length === 0) {
    return failedAttempt(RULES.writeProgramAgain, "The Coder wrote no program.", false);
  }
  if (!run) return going(COMPUTER_TERMINAL, RULES.runProgram, "The program has not been run.");
  if (run.facts?.["exitCode"] !== 0) return failedRun(run, earlierRuns);
  if (run.facts["printed"] !== true) return failedAttempt(RULES.printResult, "The program printed nothing.", false);
  return satisfied();
}

function failedRun(run: Said, earlier: readonly Said[]): Judgement {
  const repeated = earlier.some((other) => other.facts?.["exitCode"] !== 0 && errorOf(other) === errorOf(run));
  const reason = `The program failed: ${errorOf(run)}`;
  return failedAttempt(repeated ? RULES.changeApproach : RULES.fixProgram, reason, repeated);
}

/** An error is known by the last line that is not empty: that is where Python and Node name it. */
function errorOf(run: Said): string {
  return run.text.trim().split("\n").at(-1)?.trim().slice(0, 200) ?? "";
}

function going(speaker: string, instruction: string, reason: string): Judgement {
  return { ledger: ledgerOf(speaker, instruction, reason, { progress: true, loop: false }), stall: "hold", reason };
}

function failedAttempt(instruction: string, reason: string, loop: boolean): Judgement {
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
