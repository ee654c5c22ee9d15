import type { EventOf } from "../../events/run-event.ts";
import { shortNumber } from "../words/numbers.ts";

/** What was done to a team's conversations, in one line. All that was said stays in the log: `show --full` has it. */
export function compactionLine(event: EventOf<"context-compacted">): string {
  const { dropped, shortened, tokensBefore, tokensAfter, window } = event;
  const what =
    dropped > 0 ? `messages up to ${dropped} give way to a digest` : `long messages up to ${shortened} are cut`;
  const size = `${shortNumber(tokensBefore)} -> ${shortNumber(tokensAfter)} tokens`;
  return `makes room: ${what}; about ${size}, the model takes ${shortNumber(window)}`;
}
