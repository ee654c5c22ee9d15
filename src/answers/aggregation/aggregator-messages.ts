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

/** What the framing of a message costs. */
const TOKENS_A_MESSAGE = 8;
/** The speaker of all that no team said. */
const AGGREGATOR = "Aggregator";
const LONGEST_STOP = 1_000;

export interface AggregatorQuestion {
  readonly task: string;
  readonly transcripts: readonly TeamTranscript[];
  /** How many tokens all of the prompt may have. */
  readonly roomTokens: number;
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
  const { task, transcripts, roomTokens, tokensOf, rules = AGGREGATION_RULES } = question;
  const counted = (text: string) => tokensOf(text) + TOKENS_A_MESSAGE;
  const before = aggregationPreamble(task, transcripts.length);
  const after = aggregationQuestion(task, rules);
  const frames = transcripts.map(({ team, stop }) => [transcriptHead(team), transcriptStop(team, shortened(stop))]);
  const framing = [before, after, ...frames.flat()].reduce((sum, text) => sum + counted(text), 0);
  const room = roomTokens - framing;
  if (room < 0) {
    throw new UsageError(
      "window-too-small",
      `The aggregator's window has room for ${roomTokens} tokens: too few for the task and ${transcripts.length} teams (${framing} needed)`,
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
