import type { OrchestratorMode, ProgressLedger } from "../../events/ledger.ts";
import { estimateTokens, sizeOf } from "../../steps/prompt-size.ts";
import type { StepContext } from "../../steps/step-context.ts";
import { StepFailed } from "../../steps/step-failed.ts";
import type { ModelWindow } from "../context/model-window.ts";
import { shortenedText } from "../context/shortened-text.ts";
import type { Said } from "./agent.ts";
import { askText } from "./ask-text.ts";
import { indexOf, standingOf } from "./digest.ts";
import { USER } from "./names.ts";
import { digestText, SUMMARY_PROMPT } from "./prompts/context.ts";
import { type Abridgement, isTelling, type MessageLengths, type Transcript } from "./transcript.ts";

/**
 * Parts of the room that a conversation has beside instructions and question: at the most, so that after a compaction
 * all of them together, with two messages of length `recent` at the end, fit into it.
 */
const SHARES = { ledger: 0.25, recent: 1 / 7, tail: 0.15, kept: 0.1, standing: 0.06, summary: 0.12, index: 0.06 };
/** A new message may be longer, until room has to be made: a page that was just read is to be seen. */
const NEW_MESSAGE = 1 / 3;
/** Without a summary the index says more of each message. */
const INDEX_WITHOUT_SUMMARY = 0.14;
const LONGEST_MESSAGE = 16_000;
/** A message that was cut, and one that is kept among those that were dropped, still says so much. */
const SHORT = 1 / 40;
const SHORTEST_KEPT = 48;
/** Cutting alone is enough where it brings a conversation down to this part of the room: then it is rare. */
const ENOUGH = 0.55;
/** What came last stays as it is, and so much must have come since the last time. */
const FEWEST = 2;
const FEWEST_NEW = 4;

export interface CompactionOptions {
  readonly window: ModelWindow;
  /** Under the Orchestrator's own keys. */
  readonly steps: StepContext;
  /** The longest question that is put to a conversation, in estimated tokens. */
  readonly question: number;
  /** The Orchestrator's instructions, in estimated tokens. */
  readonly instructions: number;
}

/**
 * Keeps the conversations of a team within its model's window, in few large steps, so that between two of them each
 * prompt begins with the one before: long messages are cut first; where that is not enough, all but the newest give
 * way to a digest, in the model's words where it is able to.
 * Owns: what is shown no more. Does not own: the transcripts; the last resort for a single call (`windowedSteps`).
 * Invariants: 1. task ledger, a person's words, proposed answers and what was said of them, the progress ledger's last
 * judgement and the newest messages are kept, cut where they are long; 2. what was dropped keeps its number, by
 * which the Archive reads it out; 3. it goes by recorded results alone (S1).
 */
export class Compaction {
  readonly #options: CompactionOptions;
  #summary = "";
  #digest = "";
  #dropped = 0;
  #kept: ReadonlySet<number> = new Set();
  #keptLength = 0;
  /** How many messages there were the last time. */
  #last = 0;

  constructor(options: CompactionOptions) {
    this.#options = options;
  }

  /** How long messages may be. */
  readonly lengths = (): MessageLengths => {
    const room = this.#room;
    const message = Math.floor(Math.min(LONGEST_MESSAGE, room * NEW_MESSAGE));
    return { message, ledger: Math.floor(room * SHARES.ledger) };
  };

  /** A new plan begins with nothing to abridge. */
  forget(): void {
    this.#summary = "";
    this.#digest = "";
    this.#kept = new Set();
  }

  /** Abridges the transcript where it has become too long, and says how, for all other members. */
  async makeRoom(
    transcript: Transcript,
    ledger: ProgressLedger | undefined,
    mode: OrchestratorMode,
  ): Promise<Abridgement | undefined> {
    // Under rules no model sees the conversation.
    if (mode === "rules" || !this.#isDue(transcript)) return undefined;
    const { conversation } = transcript;
    const before = sizeOf(conversation);
    const upTo = transcript.all.length - this.#tailLength(transcript.messages);
    this.#last = transcript.all.length;
    let abridgement = this.#abridgement({ dropped: this.#dropped, shortened: upTo, digest: this.#digest });
    transcript.abridge(abridgement);
    if (!this.#isEnough(transcript)) {
      const summary = mode === "full-ledger" ? await this.#summaryOf(conversation) : undefined;
      abridgement = this.#withDigest(transcript, upTo, ledger, summary);
      transcript.abridge(abridgement);
      if (this.#isTooLong(transcript)) {
        abridgement = { ...abridgement, recentLength: Math.floor(this.#room * SHARES.recent) };
        transcript.abridge(abridgement);
      }
    }
    await this.#report(abridgement, before, sizeOf(transcript.conversation));
    return abridgement;
  }

  /** Beside instructions and question; of a request that is longer than the window, some all the same. */
  get #room(): number {
    const { window, question, instructions } = this.#options;
    return Math.max(window.room() * 0.4, window.room() - question - instructions);
  }

  #isDue(transcript: Transcript): boolean {
    return transcript.all.length - this.#last >= FEWEST_NEW && this.#isTooLong(transcript);
  }

  /** Whether there is no room left for a message of some length beside the question. */
  #isTooLong({ conversation }: Transcript): boolean {
    const { window, question } = this.#options;
    return sizeOf(conversation) + question + this.#room * SHARES.recent > window.room();
  }

  #isEnough({ conversation }: Transcript): boolean {
    return sizeOf(conversation) - this.#options.instructions <= this.#room * ENOUGH;
  }

  /** How many of the newest messages stay as they are. */
  #tailLength(messages: readonly Said[]): number {
    let left = this.#room * SHARES.tail;
    let count = 0;
    for (const { text } of messages.toReversed()) {
      left -= Math.min(estimateTokens(text.slice(0, 100_000)), this.#room * SHARES.recent);
      if (count >= FEWEST && left < 0) break;
      count += 1;
    }
    return count;
  }

  #abridgement(parts: Pick<Abridgement, "dropped" | "shortened" | "digest">): Abridgement {
    const short = Math.floor(this.#room * SHORT);
    const recentLength = this.lengths().message;
    return { ...parts, short, recent: this.#last, recentLength, kept: this.#kept, keptLength: this.#keptLength };
  }

  /** The model's own summary of what it sees; undefined where none can be had. */
  async #summaryOf(conversation: Transcript["conversation"]): Promise<string | undefined> {
    const { steps } = this.#options;
    try {
      const { text } = await askText(steps, conversation.append({ role: "user", content: SUMMARY_PROMPT }));
      return text.trim() || undefined;
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      return undefined;
    }
  }

  #withDigest(
    transcript: Transcript,
    upTo: number,
    ledger: ProgressLedger | undefined,
    summary: string | undefined,
  ): Abridgement {
    const room = this.#room;
    const first = transcript.all.length - transcript.messages.length + 2;
    const old = transcript.all.slice(first - 1, upTo).map((said, index) => ({ number: first + index, said }));
    if (summary !== undefined) this.#summary = shortenedText(summary, Math.floor(room * SHARES.summary), () => "\n…\n");
    this.#keep(old, Math.floor(room * SHARES.kept));
    const share = summary === undefined ? INDEX_WITHOUT_SUMMARY : SHARES.index;
    const listed = indexOf(
      old.filter(({ number }) => !this.#kept.has(number)),
      { room: Math.floor(room * share), brief: summary !== undefined },
    );
    const standing = ledger ? shortenedText(standingOf(ledger), Math.floor(room * SHARES.standing), () => "…") : "";
    this.#dropped = upTo;
    this.#digest = digestText({ first, last: upTo, summary: this.#summary, standing, ...listed });
    return this.#abridgement({ dropped: upTo, shortened: upTo, digest: this.#digest });
  }

  /** Which of the dropped are shown all the same: a person's words before others, newer before older. */
  #keep(old: readonly { readonly number: number; readonly said: Said }[], room: number): void {
    const telling = old.filter(({ said }) => isTelling(said)).toReversed();
    const ofPerson = (said: Said) => Number(said.from === USER);
    const most = Math.max(1, Math.floor(room / SHORTEST_KEPT));
    const kept = telling.toSorted((one, other) => ofPerson(other.said) - ofPerson(one.said)).slice(0, most);
    this.#kept = new Set(kept.map(({ number }) => number));
    this.#keptLength = Math.floor(room / Math.max(1, kept.length));
  }

  async #report({ dropped, shortened, digest }: Abridgement, before: number, after: number): Promise<void> {
    const { steps, window } = this.#options;
    await steps.report({
      type: "context-compacted",
      window: window.tokens,
      tokensBefore: before,
      tokensAfter: after,
      dropped,
      shortened,
      ...(digest === "" ? {} : { digest }),
    });
  }
}
