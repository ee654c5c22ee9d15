import type { Said } from "./agent.ts";
import { codeBlocks } from "./code-blocks.ts";
import { CODER, COMPUTER_TERMINAL, FILE_SURFER, ORCHESTRATOR } from "./names.ts";
import { errorLines, resultOf } from "./program-output.ts";

/** One message of the Coder and what came of it. */
export interface Attempt {
  readonly program: Said;
  /**
   * `no-program`: no code in it. `not-run`: not yet. `failed`: an error, or it was stopped. `no-result`:
   * it printed nothing that could be an answer. `unsupported`: no answer stood on what it printed.
   */
  readonly state: "no-program" | "not-run" | "failed" | "no-result" | "unsupported" | "result";
  /** What it printed, where it ran to its end; the error's last lines, where it failed; else empty. */
  readonly output: string;
}

/** What rules go by: the state of the work since the last plan. */
export interface RulesWork {
  /** How the request's files begin, as the FileSurfer showed them; undefined before its turn, empty where it failed. */
  readonly heads: string | undefined;
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
}

/** The fact by which the Orchestrator marks that its model's answer did not stand on the output. */
export const UNSUPPORTED = "unsupported";

export function rulesWork(messages: readonly Said[]): RulesWork {
  const done = messages.filter((said) => said.facts?.["failed"] !== true);
  const programs = [...done.keys()].filter((index) => done[index]?.from === CODER);
  const attempts = programs.map((from, index) => attemptOf(done.slice(from, programs[index + 1])));
  const shown = done.filter((said) => said.from === FILE_SURFER);
  const tried = messages.some((said) => said.from === FILE_SURFER);
  return { heads: tried ? shown.map((said) => said.text).join("\n\n") : undefined, attempts: attempts.flat() };
}

/** The Coder's message and all that was said until its next. */
function attemptOf([program, ...after]: readonly Said[]): Attempt[] {
  if (!program) return [];
  const run = after.findLast((said) => said.from === COMPUTER_TERMINAL);
  if (!run) return [{ program, state: codeBlocks(program.text).length > 0 ? "not-run" : "no-program", output: "" }];
  if (run.facts?.["exitCode"] !== 0) return [{ program, state: "failed", output: errorLines(run) }];
  const output = run.facts["printed"] === true ? resultOf(run.text) : "";
  if (output === "") return [{ program, state: "no-result", output }];
  const unsupported = after.some((said) => said.from === ORCHESTRATOR && said.facts?.[UNSUPPORTED] === true);
  return [{ program, state: unsupported ? "unsupported" : "result", output }];
}

/**
 * Whether the latest attempt is to be corrected with its error in view: once, then the Coder begins
 * afresh, since a small model copies a failed program that it still sees.
 */
export function isCorrectionDue(attempts: readonly Attempt[]): boolean {
  let due = false;
  for (const { state } of attempts) due = !due && (state === "failed" || state === "no-program");
  return due;
}
