import { shortenedText } from "../../context/shortened-text.ts";
import type { Agent, Said } from "../agent.ts";
import { ARCHIVE } from "../names.ts";
import { ARCHIVE_DESCRIPTION, ARCHIVE_HAS_NOTHING, cutNote } from "../prompts/context.ts";

const MOST_FOUND = 6;
const MOST_READ = 12;
/** Around a word that was found, so many characters are shown on each side. */
const AROUND = 300;
/** Numbers are those of messages only where that is said. */
const NUMBERED = /(?:messages?|#)\s*#?\d+(?:\s*(?:,|;|and|to|-|–)\s*#?\d+)*/gi;
const RANGE = /(\d+)(?:\s*(?:to|-|–)\s*#?(\d+))?/g;
/** Words by which one asks, not what one asks for. */
const ASKING = new Set(
  "find search look read show give again the and for about where what which was were said message messages word words with from that this archive please".split(
    " ",
  ),
);

interface Numbered {
  readonly number: number;
  readonly said: Said;
}

/**
 * Reads out what was said before and is shown to nobody any more, by the numbers of messages or by words; no model.
 * `room` is how long its reply may be, in estimated tokens.
 */
export function archive(room: () => number): Agent {
  return {
    name: ARCHIVE,
    description: ARCHIVE_DESCRIPTION,
    respond({ all }) {
      const asked = all.at(-1)?.text ?? "";
      const said = all.slice(0, -1).map((each, index) => ({ number: index + 1, said: each }));
      const numbers = numbersIn(asked, said.length);
      const texts =
        numbers.length > 0
          ? said.filter(({ number }) => numbers.includes(number)).map(whole)
          : found(said, wordsIn(asked));
      if (texts.length === 0) return Promise.resolve({ text: ARCHIVE_HAS_NOTHING });
      const most = Math.floor(room() / texts.length);
      const short = texts.map(({ number, text }) => shortenedText(text, most, (left) => cutNote(number, left)));
      return Promise.resolve({ text: short.join("\n\n") });
    },
  };
}

interface Excerpt {
  readonly number: number;
  readonly text: string;
}

function whole({ number, said: { from, to, text } }: Numbered): Excerpt {
  return { number, text: `Message ${number}, ${to === undefined ? from : `${from} to ${to}`}:\n${text}` };
}

function numbersIn(asked: string, last: number): number[] {
  const numbers = new Set<number>();
  for (const [list] of asked.matchAll(NUMBERED)) {
    for (const [, from, to] of list.matchAll(RANGE)) {
      const end = Math.min(Number(to ?? from), last);
      for (let number = Math.max(1, Number(from)); number <= end && numbers.size < MOST_READ; number++)
        numbers.add(number);
    }
  }
  return [...numbers];
}

/** What is in quotation marks, else the words that are not just asking. */
function wordsIn(asked: string): string[] {
  const quoted = [...asked.matchAll(/["“]([^"”]{2,80})["”]/g)].map(([, words = ""]) => words.toLowerCase());
  if (quoted.length > 0) return quoted;
  const words = asked.toLowerCase().match(/[\p{L}\p{N}_.-]{3,}/gu) ?? [];
  return [...new Set(words.map((word) => word.replace(/[.-]+$/, "")).filter((word) => !ASKING.has(word)))];
}

/**
 * The messages with the most of the words, each around the first of them; what the Archive itself read out is no
 * source.
 */
function found(said: readonly Numbered[], words: readonly string[]): Excerpt[] {
  const hits = said.flatMap((each) => {
    if (each.said.from === ARCHIVE || each.said.to === ARCHIVE) return [];
    const text = each.said.text.toLowerCase();
    const at = words.map((word) => text.indexOf(word)).filter((place) => place >= 0);
    return at.length === 0 ? [] : [{ ...each, count: at.length, at: Math.min(...at) }];
  });
  return hits
    .toSorted((one, other) => other.count - one.count || other.number - one.number)
    .slice(0, MOST_FOUND)
    .toSorted((one, other) => one.number - other.number)
    .map((hit) => around(hit, hit.at));
}

function around(message: Numbered, at: number): Excerpt {
  const { text } = message.said;
  const from = at < AROUND ? 0 : at - AROUND;
  const to = Math.min(text.length, at + AROUND * 2);
  const piece = `${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`.toWellFormed();
  return whole({ ...message, said: { ...message.said, text: piece } });
}
