/** The parts of a reply that may be JSON objects, and whether one began that never ended. */
export interface JsonCandidates {
  readonly texts: readonly string[];
  readonly unfinished: boolean;
}

/** More objects than this in one reply are no answer. */
const MOST_CANDIDATES = 16;
const FENCE = "```";

/**
 * Finds the JSON objects of a reply: in its code fences if they hold any, else in its prose. Takes
 * time linear in the reply's length.
 */
export function jsonCandidates(reply: string): JsonCandidates {
  const text = withoutThinking(reply);
  const fenced = text
    .split(FENCE)
    .filter((_, index) => index % 2 === 1)
    .map((block) => block.replace(/^[\w-]*/, ""))
    .filter((block) => block.trimStart().startsWith("{"));
  return joined((fenced.length > 0 ? fenced : [text]).map(objectsIn));
}

/** Reasoning models on plain endpoints think aloud first; what they think in braces is no answer. */
function withoutThinking(text: string): string {
  const end = text.lastIndexOf("</think>");
  return end < 0 ? text : text.slice(end + "</think>".length);
}

function joined(found: readonly JsonCandidates[]): JsonCandidates {
  return {
    texts: found.flatMap((each) => each.texts).slice(0, MOST_CANDIDATES),
    unfinished: found.some((each) => each.unfinished),
  };
}

function objectsIn(text: string): JsonCandidates {
  const texts: string[] = [];
  let start = text.indexOf("{");
  while (start >= 0 && texts.length < MOST_CANDIDATES) {
    // Quotes that are not JSON's (an apostrophe, a quote left unescaped) can hide the end.
    const end = endOfObject(text, start, true) ?? endOfObject(text, start, false);
    if (end === undefined) return { texts, unfinished: true };
    texts.push(text.slice(start, end));
    start = text.indexOf("{", end);
  }
  return { texts, unfinished: false };
}

/** The index behind the brace that closes the one at `start`. */
function endOfObject(text: string, start: number, heedQuotes: boolean): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === "\\") index++;
    else if (heedQuotes && character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return index + 1;
  }
  return undefined;
}
