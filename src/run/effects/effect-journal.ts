import type { Clock, StopTimer } from "../../base/clock.ts";
import { Cancelled } from "../../base/errors.ts";
import type { EventOf, LoggedEvent, RunEvent } from "../../events/run-event.ts";
import { isLogFailure, type RunLog, type ScopeWriter } from "../../log/run-log.ts";
import { questionIdOf } from "./effect-names.ts";
import type { AskedCall, EffectsFold, Question } from "./effects-fold.ts";

/** How often the log is looked at for answers that come from another process. */
const LOOK_EVERY_MS = 250;

export interface EffectJournalOptions {
  readonly log: RunLog;
  /** The writer of the run's scope. */
  readonly writer: ScopeWriter;
  readonly clock: Clock;
  /** Has taken in what the log held when the run was opened; the journal keeps it up to date from there. */
  readonly fold: EffectsFold;
  /** Told while somebody waits, every time that the log is looked at. */
  readonly onLook?: () => void;
  /** Told when the log takes nothing any more: the run cannot go on. */
  readonly onLogFailure?: (error: unknown) => void;
}

/**
 * Owns: the way of effects and questions into the log and back into their fold, and whoever waits for an
 * answer. Does not own: the log, what answers mean.
 * Invariants: 1. when an append resolves, it is durable and the fold has it; 2. the fold misses nothing, in
 * whichever process it was written; 3. there is a timer only while somebody waits.
 */
export class EffectJournal {
  readonly fold: EffectsFold;
  readonly #options: EffectJournalOptions;
  readonly #waiting = new Map<string, PromiseWithResolvers<EventOf<"question-answered">>>();
  readonly #unsubscribe: () => void;
  #stopTimer: StopTimer | undefined;

  constructor(options: EffectJournalOptions) {
    this.#options = options;
    this.fold = options.fold;
    this.#unsubscribe = options.log.subscribe((event) => this.#onEvent(event));
    this.#catchUp();
  }

  async append(...events: readonly RunEvent[]): Promise<void> {
    try {
      await this.#options.writer.append(events);
    } catch (error) {
      if (isLogFailure(error)) this.#options.onLogFailure?.(error);
      throw error;
    }
  }

  /** The question about this effect or step whose answer has not been acted on. */
  openAbout(subject: string): Question | undefined {
    return this.fold.questionsAbout(subject).findLast((question) => !question.taken);
  }

  /** Asks a person, unless that question is open already; gives the question's id. */
  async ask(about: Question["about"], subject: string, call: AskedCall, text: string): Promise<string> {
    const open = this.openAbout(subject);
    if (open) return open.question;
    const question = questionIdOf(this.fold.runId, subject, this.fold.questionsAbout(subject).length + 1);
    const { team, tool, arguments: args } = call;
    await this.append({ type: "question-asked", question, about, subject, team, tool, arguments: args, text });
    return question;
  }

  /** Resolves with the first answer. Rejects when the question needs none any more, and when the journal is closed. */
  answerTo(id: string): Promise<EventOf<"question-answered">> {
    const waiting = this.#waiting.get(id) ?? Promise.withResolvers<EventOf<"question-answered">>();
    waiting.promise.catch(() => {});
    this.#waiting.set(id, waiting);
    this.#settle();
    this.#watch();
    return waiting.promise;
  }

  close(): void {
    this.#unsubscribe();
    this.#rejectAll(new Cancelled("effects-closed", "The process lets go of this run; the question stays open."));
  }

  #onEvent(event: LoggedEvent): void {
    if (event.seq > this.fold.seen + 1) return this.#catchUp();
    this.fold.apply(event);
    this.#settle();
  }

  /** Takes in what the log has and nobody told of: the past, and events of other processes. */
  #catchUp(): void {
    const { log } = this.#options;
    if (log.head().seq <= this.fold.seen) return;
    for (const event of log.read(this.fold.seen + 1)) this.fold.apply(event);
    this.#settle();
  }

  #settle(): void {
    for (const [id, waiting] of this.#waiting) {
      const question = this.fold.question(id);
      if (question?.answer) waiting.resolve(question.answer);
      else if (question?.state === "open") continue;
      else waiting.reject(new Cancelled("question-moot", "The question needs no answer any more."));
      this.#waiting.delete(id);
    }
    if (this.#waiting.size === 0) this.#stopWatch();
  }

  #watch(): void {
    if (this.#waiting.size === 0 || this.#stopTimer) return;
    this.#stopTimer = this.#options.clock.timer(LOOK_EVERY_MS, () => {
      this.#stopTimer = undefined;
      try {
        this.#catchUp();
        this.#watch();
        this.#options.onLook?.();
      } catch (error) {
        this.#options.onLogFailure?.(error);
        this.#rejectAll(error);
      }
    });
  }

  #rejectAll(reason: unknown): void {
    this.#stopWatch();
    for (const waiting of this.#waiting.values()) waiting.reject(reason);
    this.#waiting.clear();
  }

  #stopWatch(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }
}
