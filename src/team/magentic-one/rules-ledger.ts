import type { ProgressLedger } from "../../events/ledger.ts";
import type { TeamTask } from "../team.ts";
import type { Agent, Said } from "./agent.ts";
import type { Judgement } from "./judgement.ts";
import { CODER, COMPUTER_TERMINAL, FILE_SURFER } from "./names.ts";
import { RULES } from "./prompts/rules.ts";
import { isCorrectionDue, rulesWork, type Attempt } from "./rules-work.ts";

/**
 * The progress ledger's five answers from what happened, for models that cannot orchestrate: files
 * not shown: FileSurfer; no program, or an error, or no result: Coder; not run: ComputerTerminal; exit
 * code 0 with a result: satisfied. A failed attempt counts as a stall, so that attempts are capped by
 * the same counters as any other trouble; writing the next program neither mends nor worsens that.
 * Before all that, agents of a person's own may say that their turn has come; twice in a row it is nobody's.
 */
export function judgeByRules(messages: readonly Said[], task: TeamTask, agents: readonly Agent[]): Judgement {
  const { heads, attempts } = rulesWork(messages);
  for (const agent of agents) {
    if (!agent.speaksUp || messages.at(-1)?.from === agent.name) continue;
    const instruction = agent.speaksUp(messages, task);
    if (instruction !== undefined) return going(agent.name, instruction, `${agent.name} says that its turn has come.`);
  }
  const hasFiles = task.files.length > 0 && agents.some((agent) => agent.name === FILE_SURFER);
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

/**
 * For members that rules cannot lead, while their model's ledger is unusable: each gets the word in turn. Never
 * satisfied; the stalls that are counted meanwhile end it.
 */
export function judgeByTurns(messages: readonly Said[], names: readonly string[]): Judgement {
  const last = names.indexOf(messages.findLast(({ from }) => names.includes(from))?.from ?? "");
  const next = names[(last + 1) % names.length] ?? "";
  return going(next, RULES.goOn, "There is no ledger to go by: everybody has the word in turn.");
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
