/** `FINAL ANSWER:` at a line's start, in any case and through markdown's decoration. */
const AT_LINE_START = /^[\s>#*_`-]*final answer[*_`]*\s*:/im;
/** The capitals within a line: "So my FINAL ANSWER: 17". Square brackets around them mean a quotation. */
const WITHIN_LINE = /FINAL ANSWER\s*:/;

/**
 * What a reply names as its FINAL ANSWER: the rest of that line or, where nothing is left on it, the
 * paragraph below. The first naming counts, as in the paper's scorer (small models ramble on after
 * it). Undefined where the reply names none; empty where it names an empty one.
 *
 * With `cut` the reply was broken off at its output limit: an answer that nothing follows may be
 * half of one, and counts as none.
 */
export function extractFinalAnswer(reply: string, options: { readonly cut?: boolean } = {}): string | undefined {
  const marker = AT_LINE_START.exec(reply) ?? WITHIN_LINE.exec(reply);
  if (!marker) return undefined;
  const rest = reply.slice(marker.index + marker[0].length);
  const [line = "", ...below] = rest.split("\n");
  if (bare(line) !== "") return options.cut && below.length === 0 ? undefined : bare(line);
  const paragraph = firstParagraph(below);
  return options.cut && paragraph.last ? undefined : bare(paragraph.text);
}

/** The first lines with content, fences apart, up to an empty line; `last` where nothing ends them. */
function firstParagraph(lines: readonly string[]): { text: string; last: boolean } {
  const kept: string[] = [];
  for (const line of lines) {
    const empty = line.trim() === "" || line.trim().startsWith("```");
    if (!empty) kept.push(line.trim());
    else if (kept.length > 0) return { text: kept.join("\n"), last: false };
  }
  return { text: kept.join("\n"), last: true };
}

/** Without the decoration that models put around a whole answer: `**17**`, or a pair of backticks. */
function bare(answer: string): string {
  const trimmed = answer
    .trim()
    .replace(/^(\*\*|__)\s*/, "")
    .replace(/\s*(\*\*|__)$/, "");
  return trimmed.replace(/^`([^`]+)`$/, "$1").trim();
}
