import type { TaskLedger } from "../../events/ledger.ts";
import type { Said } from "./agent.ts";
import { ORCHESTRATOR, TASK_LEDGER } from "./names.ts";

const LAST_MESSAGES = 4;
const LONGEST_MESSAGE = 2000;

/** The best that a team without an answer has to show: what it knows, and what its members said last. */
export function findingsOf(ledger: TaskLedger, messages: readonly Said[]): string {
  const work = messages.filter((said) => said.from !== ORCHESTRATOR && said.from !== TASK_LEDGER);
  const last = work.slice(-LAST_MESSAGES).map(({ from, text }) => `${from}:\n${shortened(text.trim())}`);
  return [`What is known:\n${ledger.facts}`, ...last].join("\n\n");
}

function shortened(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}…`;
}
