import type { TeamTranscript, TranscriptMessage } from "./team-transcripts.ts";

/**
 * A message that is longer than this share of the room, over all teams, is cut: none may crowd out the others' last
 * words.
 */
const LARGEST_SHARE = 1 / 2;
/** A message that is cut to less than this says nothing. */
const SHORTEST_TOKENS = 50;
const CUT = "… (its beginning is left out)\n";

/**
 * The last messages of each transcript that fit together into so many tokens: taken from the teams in turn, newest
 * first, each team's given back oldest first (the paper's structure). Nothing is taken away from the transcripts.
 */
export function interleavedTails(
  transcripts: readonly TeamTranscript[],
  roomTokens: number,
  tokensOf: (text: string) => number,
): TranscriptMessage[][] {
  const tails = transcripts.map((): TranscriptMessage[] => []);
  const most = Math.floor((roomTokens / Math.max(1, transcripts.length)) * LARGEST_SHARE);
  let room = roomTokens;
  const longest = Math.max(0, ...transcripts.map(({ messages }) => messages.length));
  for (let back = 1; back <= longest; back += 1) {
    for (const [index, { messages }] of transcripts.entries()) {
      const message = messages.at(-back);
      if (back > messages.length || !message) continue;
      const fitting = fit(message, Math.min(most, room), tokensOf);
      // An older message beside a newer one that is missing would tell a story with a hole.
      if (!fitting) return tails;
      room -= tokensOf(fitting.text);
      tails[index]?.unshift(fitting);
    }
  }
  return tails;
}

/** The message, or the end of it; undefined where too little of it would be left. */
function fit(
  message: TranscriptMessage,
  tokens: number,
  tokensOf: (text: string) => number,
): TranscriptMessage | undefined {
  const whole = tokensOf(message.text);
  if (whole <= tokens) return message;
  if (tokens < SHORTEST_TOKENS) return undefined;
  const { text } = message;
  let length = Math.floor((text.length * tokens) / whole);
  for (;;) {
    const cut = `${CUT}${text.slice(-length).toWellFormed()}`;
    const over = tokensOf(cut) - tokens;
    if (over <= 0) return { ...message, text: cut };
    length -= Math.max(over, 1);
    if (length <= 0) return undefined;
  }
}
