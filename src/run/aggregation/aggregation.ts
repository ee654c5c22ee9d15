import { CancelScope } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError, M1Error, toError } from "../../base/errors.ts";
import { isRealAnswer } from "../../answers/real-answer.ts";
import { aggregatorMessages } from "../../answers/aggregation/aggregator-messages.ts";
import { teamTranscripts } from "../../answers/aggregation/team-transcripts.ts";
import { AGGREGATOR_SCOPE, type AggregateDescription } from "../../events/aggregate.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { EventOf } from "../../events/run-event.ts";
import { eventOf } from "../../log/event-at.ts";
import { isLogFailure, type RunLog, type ScopeWriter } from "../../log/run-log.ts";
import { Conversation } from "../../steps/conversation.ts";
import type { EffectPerformer, ModelExecutor, ToolExecutor } from "../../steps/executors.ts";
import { Replay } from "../../steps/replay.ts";
import { estimateTokens } from "../../steps/prompt-size.ts";
import { StepDoor } from "../../steps/step-door.ts";
import type { TeamPast } from "../../steps/team-past.ts";
import { LadderMemory } from "../../model/structured/ladder-memory.ts";
import type { AnswerForm } from "../../team/answer-form.ts";
import { ModelWindow } from "../../team/context/model-window.ts";
import { askFormedAnswer } from "../../team/magentic-one/ask-formed-answer.ts";
import { askFinalAnswer, type FinalReply } from "../../team/magentic-one/ask-final-answer.ts";

/** What the run gives for one aggregation. */
export interface AggregationRequest {
  readonly writer: ScopeWriter;
  /** Aborted when the race is decided without it. */
  readonly signal: AbortSignal;
  /** What the log has of it, where it is gone on with. */
  readonly past: TeamPast | undefined;
  /** The teams whose work is read. All of them have ended. */
  readonly teams: readonly string[];
}

export interface AggregationOptions extends AggregationRequest {
  readonly log: RunLog;
  readonly clock: Clock;
  readonly models: ModelExecutor;
  readonly live: (event: LiveEvent) => void;
  /** What is asked of the teams. */
  readonly task: string;
  readonly seed: string;
  /** The form in which the task wants its answer. */
  readonly form: AnswerForm | undefined;
  /** What a program's own schema says of a value beyond the form: what is wrong with it, or nothing. */
  readonly refine?: ((value: unknown) => Promise<string | undefined>) | undefined;
  readonly aggregate: Extract<AggregateDescription, { kind: "llm" }>;
}

/** What is left of the window for the reply, as in the paper's implementation. */
const REPLY_TOKENS = 2_000;

type Made = EventOf<"answers-aggregated">;

/**
 * Owns: the steps by which a model makes one answer of several, under a scope of their own. Does not own: what the
 * race makes of it, the transcripts, which it only reads.
 * Invariants: 1. it is a function of the events up to the aggregation's beginning, so a resumed one asks the same (S1);
 * 2. a model that cannot be had, or says nothing, is an outcome with its reason, never an error; 3. only an abort of
 * the run, or a log that fails, rejects.
 */
export class Aggregation {
  readonly outcome: Promise<Made>;
  readonly #options: AggregationOptions;
  readonly #scope: CancelScope;
  readonly #door: StepDoor;

  constructor(options: AggregationOptions) {
    this.#options = options;
    this.#scope = new CancelScope(options.signal);
    this.#door = this.#openDoor();
    this.outcome = this.#make().finally(() => this.#scope.dispose());
    // Whoever waits is told; a run that ends meanwhile waits no more.
    this.outcome.catch(() => {});
  }

  /** The keys of steps that have not let go yet. */
  get stillAlive(): readonly string[] {
    return this.#door.stillAlive;
  }

  /** Resolves when nothing is under way any more. */
  quiet(): Promise<void> {
    return this.#door.quiet();
  }

  async #make(): Promise<Made> {
    const { signal, teams } = this.#options;
    const made = { type: "answers-aggregated" as const, teams: [...teams] };
    try {
      const { answer, text } = await this.#ask();
      if (answer !== undefined && isRealAnswer(answer)) {
        const value = this.#valueOf(answer);
        const problem = "value" in value ? await this.#options.refine?.(value.value) : undefined;
        if (problem === undefined) return { ...made, answer, ...value, reason: text };
        return { ...made, reason: `the aggregator's answer, ${answer}, is not what is wanted: ${problem}` };
      }
      return {
        ...made,
        reason: `the aggregator named no answer (${JSON.stringify(answer ?? text.trim().slice(0, 200))})`,
      };
    } catch (error) {
      if (this.#door.logFailure) throw this.#door.logFailure;
      if (signal.aborted || isLogFailure(error)) throw error;
      const reason: unknown = this.#scope.signal.aborted ? this.#scope.signal.reason : error;
      return { ...made, reason: `the aggregator failed: ${describeError(reason)}` };
    }
  }

  #valueOf(answer: string): Pick<Made, "value"> {
    const read = this.#options.form?.read(answer);
    return read?.ok ? { value: read.value } : {};
  }

  async #ask(): Promise<FinalReply> {
    const { log, teams, task, aggregate, form } = this.#options;
    const transcripts = teamTranscripts(log.read(), teams);
    const messages = aggregatorMessages({
      task,
      transcripts,
      roomTokens: new ModelWindow(aggregate.windowTokens).room(REPLY_TOKENS),
      tokensOf: estimateTokens,
      ...(form ? { rules: form.rules } : {}),
    });
    const conversation = Conversation.of(...messages);
    const steps = this.#door.context.fork("Aggregator");
    if (!form) return await askFinalAnswer(steps, conversation);
    const memory = new LadderMemory(aggregate.abilities ?? { schema: true, tool: true });
    return await askFormedAnswer(steps, conversation, { form, memory });
  }

  #openDoor(): StepDoor {
    const { log, writer, clock, seed, models, live, past, aggregate } = this.#options;
    const { signal } = this.#scope;
    const read = (seq: number) => eventOf(log, seq);
    return new StepDoor({
      team: AGGREGATOR_SCOPE,
      writer,
      clock,
      seed,
      signal,
      models,
      tools: NO_TOOLS,
      effects: NO_EFFECTS,
      defaults: {
        model: aggregate.model,
        temperature: 0,
        ...(aggregate.seed === undefined ? {} : { seed: aggregate.seed }),
      },
      live,
      ...(past ? { replay: new Replay({ past, read, clock, signal }) } : {}),
      takeInputs: () => [],
      onFault: (error) => this.#scope.cancel(toError(error)),
    });
  }
}

/** The aggregator has no tools: its steps are questions to its model. */
const NO_TOOLS: ToolExecutor = {
  declare: () => toolless(),
  execute: () => Promise.reject(toollessError()),
  reopen: () => Promise.resolve(true),
};

const NO_EFFECTS: EffectPerformer = {
  perform: () => Promise.reject(toollessError()),
  mayRepeat: () => Promise.resolve(false),
};

function toolless(): never {
  throw toollessError();
}

function toollessError(): M1Error {
  return new M1Error("tool-unknown", "An aggregation has no tools.");
}
