import type { Verdict } from "../../events/run-event.ts";
import { printable } from "../words/printable.ts";

/**
 * A verdict as people read it: the answer, then why; without one, the best that was found, as such. `wrap` breaks what is
 * ours for a screen; what teams wrote stays as it is.
 */
export function resultText(
  { outcome, answer, why, findings, explanation }: Verdict,
  wrap: (text: string) => string = (text) => text,
): string {
  const head = answer === null ? wrap(`No answer (${outcome}). ${why}`) : `${answer}\n\n${wrap(why)}`;
  const whose = explanation?.evidence ? `, of ${explanation.evidence.team}` : "";
  const partial = findings ? `\nBest partial findings${whose}, not an answer:\n${findings}\n` : "";
  return printable(`${head}\n${partial}`);
}
