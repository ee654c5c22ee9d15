import { strip } from "./python/text.ts";

/**
 * The final answer in a console's log as the paper's scorer reads it: what follows the first `FINAL ANSWER:` up to
 * the end of that line; undefined where there is none or the line does not end. Teams read their models more
 * leniently (markdown, answers below the marker); a bench that is to be compared goes by this.
 */
export function extractFinalAnswer(text: string): string | undefined {
  const found = /FINAL ANSWER:(.*?)\n/s.exec(text.replace(/\r\n?/g, "\n"));
  return found ? strip(found[1] ?? "") : undefined;
}
