import { UsageError } from "../../base/errors.ts";
import type { Message } from "../../events/message.ts";
import { interleavedTails } from "./interleaved-tails.ts";
import {
  aggregationPreamble,
  aggregationQuestion,
  AGGREGATION_RULES,
  transcriptHead,
  transcriptStop,
} from "./prompts.ts";
import type { TeamTranscript } from "./team-transcripts.ts";

/** What is left of the window for the reply, as in the paper's implementation. */
const REPLY_TOKENS = 2_000;
/** What the framing of a message costs. */
const TOKENS_A_MESSAGE = 8;
/** The speaker of all that no team said. */
const AGGREGATOR = "Aggregator";
const LONGEST_STOP = 1_000;

export interface AggregatorQuestion {
  readonly task: string;
  readonly transcripts: readonly TeamTranscript[];
  /** How many tokens prompt and reply may have together. */
  readonly windowTokens: number;
  /** An estimate that errs high. */
  readonly tokensOf: (text: string) => number;
  /** How the answer is to be written, where the task says; else as the request wants it. */
  readonly rules?: string;
}

/**
 * What the aggregator is asked: preamble, the tails of all transcripts with why each team stopped, the question. All
 * of it is counted. Throws `UsageError` (`window-too-small`) where not even what frames the transcripts fits.
 */
export function aggregatorMessages(question: AggregatorQuestion): Message[] {
  const { task, transcripts, windowTokens, tokensOf, rules = AGGREGATION_RULES } = question;
  const counted = (text: string) => tokensOf(text) + TOKENS_A_MESSAGE;
  const before = aggregationPreamble(task, transcripts.length);
  const after = aggregationQuestion(task, rules);
  const frames = transcripts.map(({ team, stop }) => [transcriptHead(team), transcriptStop(team, shortened(stop))]);
  const framing = [before, after, ...frames.flat()].reduce((sum, text) => sum + counted(text), 0);
  const room = windowTokens - REPLY_TOKENS - framing;
  if (room < 0) {
    throw new UsageError(
      "window-too-small",
      `The aggregator's window of ${windowTokens} tokens is too small for the task and ${transcripts.length} teams (${framing + REPLY_TOKENS} needed)`,
    );
  }
  const tails = interleavedTails(transcripts, room, counted);
  return [
    own(before),
    ...transcripts.flatMap((_, index) => {
      const [head = "", stop = ""] = frames[index] ?? [];
      return [own(head), ...(tails[index] ?? []).map(asMessage), own(stop)];
    }),
    own(after),
  ];
}

function asMessage({ name, leads, text }: { name: string; leads: boolean; text: string }): Message {
  return { role: leads ? "assistant" : "user", name, content: text };
}

function own(content: string): Message {
  return { role: "user", name: AGGREGATOR, content };
}

function shortened(text: string): string {
  return text.length <= LONGEST_STOP ? text : `${text.slice(0, LONGEST_STOP).toWellFormed()}…`;
}
