import type { Said } from "./agent.ts";
import { CODER, COMPUTER_TERMINAL, FILE_SURFER } from "./names.ts";

/** What rules go by: the state of the work since the last plan. */
export interface RulesWork {
  /** How the request's files begin, as the FileSurfer showed them; undefined before its turn, empty where it failed. */
  readonly heads: string | undefined;
  /** The Coder's latest message. */
  readonly program: Said | undefined;
  /** What the terminal said since then. */
  readonly run: Said | undefined;
  /** What the terminal said before that, oldest first. */
  readonly earlierRuns: readonly Said[];
  /** The latest instruction. */
  readonly instruction: string;
}

export function rulesWork(messages: readonly Said[]): RulesWork {
  const done = messages.filter((said) => said.facts?.["failed"] !== true);
  const program = done.findLastIndex((said) => said.from === CODER);
  const runs = (part: readonly Said[]) => part.filter((said) => said.from === COMPUTER_TERMINAL);
  const shown = done.filter((said) => said.from === FILE_SURFER);
  const tried = messages.some((said) => said.from === FILE_SURFER);
  return {
    heads: tried ? shown.map((said) => said.text).join("\n\n") : undefined,
    program: done[program],
    run: program < 0 ? undefined : runs(done.slice(program)).at(-1),
    earlierRuns: runs(done.slice(0, Math.max(0, program))),
    instruction: messages.findLast((said) => said.to !== undefined)?.text ?? "",
  };
}
