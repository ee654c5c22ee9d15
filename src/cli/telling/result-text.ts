import type { Verdict } from "../../events/run-event.ts";
import { printable } from "../words/printable.ts";

/** A verdict as people read it: the answer, then why; without one, the best that was found, as such. */
export function resultText({ outcome, answer, why, findings, explanation }: Verdict): string {
  const head = answer === null ? `No answer (${outcome}). ${why}` : `${answer}\n\n${why}`;
  const whose = explanation?.evidence ? `, of ${explanation.evidence.team}` : "";
  const partial = findings ? `\nBest partial findings${whose}, not an answer:\n${findings}\n` : "";
  return printable(`${head}\n${partial}`);
}
