import type { EffectsSummary, EventOf, Failure, LoggedEvent } from "../../events/run-event.ts";
import type { ToolResult } from "../../events/tool-call.ts";
import { commitOf } from "./effect-names.ts";

/** A call as the log has it: who asked for what. */
export interface AskedCall {
  readonly team: string;
  readonly key: string;
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
}

/** An external call that the run has begun to perform, or decided not to. */
export interface EffectRecord extends AskedCall {
  readonly effect: string;
  readonly grounds: "commit" | "permit";
  /** `under-way` in the log of a process that has died means that nobody knows whether it was done. */
  readonly state: "under-way" | EventOf<"effect-finished">["status"];
  /** True where a try before the newest one may have done it, and nothing has said since that it did not. */
  readonly doubted: boolean;
  /** Empty for one that was never begun. */
  readonly idempotencyKey: string;
  readonly result?: ToolResult;
  readonly failure?: Failure;
}

/** A question to a person, and how far it has come. */
export interface Question extends EventOf<"question-asked"> {
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** `moot`: it needs no answer any more, since its team has ended or its effect has become known. */
  readonly state: "open" | "answered" | "moot";
  readonly answer?: EventOf<"question-answered">;
  /** Whether what the answer says has been done. */
  readonly taken: boolean;
}

/**
 * Owns: what a run's events say of its external calls, its staged calls and its questions; the same live, on
 * resume, in the receipt and for readers. Does not own: doing anything about it.
 * Invariants: 1. events are taken in log order, each once, whatever comes twice; 2. the first answer to a
 * question holds; 3. nothing but events changes it.
 */
export class EffectsFold {
  #seen = 0;
  #runId = "";
  #basis: string | undefined;
  #finished = false;
  /** External calls that were begun and may turn out to be staged. */
  readonly #asked = new Map<string, AskedCall & { readonly seq: number }>();
  readonly #staged = new Map<string, (AskedCall & { readonly seq: number })[]>();
  readonly #effects = new Map<string, EffectRecord>();
  readonly #questions = new Map<string, Question>();

  /** The newest event that it has taken in. */
  get seen(): number {
    return this.#seen;
  }

  /** Empty before the run's first event. */
  get runId(): string {
    return this.#runId;
  }

  /** The team on which the decided answer rests. */
  get basis(): string | undefined {
    return this.#basis;
  }

  /** Whether the run has an end in its log. */
  get finished(): boolean {
    return this.#finished;
  }

  get effects(): readonly EffectRecord[] {
    return [...this.#effects.values()];
  }

  effect(id: string): EffectRecord | undefined {
    return this.#effects.get(id);
  }

  /** What a team has staged, in the order in which it asked. */
  stagedBy(team: string): readonly AskedCall[] {
    return this.#staged.get(team) ?? [];
  }

  /** All questions, oldest first. */
  get questions(): readonly Question[] {
    return [...this.#questions.values()];
  }

  get openQuestions(): readonly Question[] {
    return this.questions.filter((question) => question.state === "open");
  }

  question(id: string): Question | undefined {
    return this.#questions.get(id);
  }

  /** The questions about one effect or step, oldest first. */
  questionsAbout(subject: string): readonly Question[] {
    return this.questions.filter((question) => question.subject === subject);
  }

  /**
   * What the run's external calls have come to. `pending`: of one it is not known whether it was done, or one
   * that the answer's team staged has yet to be done. `failed`: one of those was not done, or a person has
   * left one in doubt. `none`: nothing outside was done or is to be done.
   */
  summary(): EffectsSummary {
    const effects = this.effects;
    if (effects.some(({ state }) => state === "under-way" || state === "in-doubt")) return "pending";
    const staged = this.#basis === undefined ? [] : this.stagedBy(this.#basis);
    if (staged.some(({ key }) => !this.#effects.has(commitOf(key)))) return "pending";
    // A permit call that surely was not done is its team's affair: the team was told.
    if (effects.some(({ state, grounds }) => state !== "performed" && !(state === "failed" && grounds === "permit")))
      return "failed";
    return effects.some(({ state }) => state === "performed") ? "done" : "none";
  }

  apply(event: LoggedEvent): void {
    if (event.seq <= this.#seen) return;
    this.#seen = event.seq;
    switch (event.type) {
      case "run-started":
        this.#runId = event.runId;
        break;
      case "step-started":
        if (event.step.kind === "tool" && event.step.effect === "external") this.#ask(event, event.step);
        break;
      case "step-restarted":
        this.#take(event.key);
        break;
      case "step-finished":
        this.#finishStep(event);
        break;
      case "effect-started":
        this.#startEffect(event);
        break;
      case "effect-finished":
        this.#finishEffect(event);
        break;
      case "question-asked":
        this.#questions.set(event.question, { ...event, askedAt: event.time, state: "open", taken: false });
        break;
      case "question-answered":
        this.#answer(event);
        break;
      case "team-finished":
        this.#endSteps((team) => team === event.team);
        break;
      case "race-decided":
        this.#basis = event.outcome === "answered" ? (event.winner ?? undefined) : undefined;
        this.#endSteps(() => true);
        break;
      case "run-finished":
        this.#finished = true;
        break;
      default:
    }
  }

  #ask(event: LoggedEvent & EventOf<"step-started">, step: { tool: string; arguments: Record<string, unknown> }): void {
    const { scope: team, key, seq } = event;
    this.#asked.set(key, { team, key, tool: step.tool, arguments: step.arguments, seq });
  }

  #finishStep(event: LoggedEvent & EventOf<"step-finished">): void {
    const asked = this.#asked.get(event.key);
    this.#asked.delete(event.key);
    this.#take(event.key);
    if (!asked || event.staged !== true) return;
    const staged = [...(this.#staged.get(asked.team) ?? []), asked];
    // Calls that a team makes at one time may end in another order than they were asked for.
    this.#staged.set(
      asked.team,
      staged.sort((one, other) => one.seq - other.seq),
    );
  }

  #startEffect(event: EventOf<"effect-started">): void {
    const before = this.#effects.get(event.effect);
    const doubted = before !== undefined && (before.doubted || isUnknown(before.state));
    // The answer to one has been acted on; one that is open stays, should this try leave it in doubt as well.
    this.#take(event.effect, (question) => question.state === "answered");
    const { effect, grounds, team, key, tool, arguments: args, idempotencyKey } = event;
    const call = { effect, grounds, team, key, tool, arguments: args, idempotencyKey };
    this.#effects.set(effect, { ...call, state: "under-way", doubted });
  }

  #finishEffect({ effect, status, result, failure }: EventOf<"effect-finished">): void {
    const record = this.#effects.get(effect) ?? this.#neverBegun(effect);
    if (!record) return;
    const { result: _result, failure: _failure, ...call } = record;
    this.#effects.set(effect, {
      ...call,
      state: status,
      doubted: status === "in-doubt",
      ...(result ? { result } : {}),
      ...(failure ? { failure } : {}),
    });
    if (status !== "in-doubt") this.#take(effect);
  }

  /** One that was skipped has an end alone; what it is stands where it was staged. */
  #neverBegun(effect: string): EffectRecord | undefined {
    const call = [...this.#staged.values()].flat().find(({ key }) => commitOf(key) === effect);
    if (!call) return undefined;
    const { team, key, tool, arguments: args } = call;
    const asked = { team, key, tool, arguments: args };
    return { ...asked, effect, grounds: "commit", idempotencyKey: "", state: "under-way", doubted: false };
  }

  #answer(event: EventOf<"question-answered">): void {
    const question = this.#questions.get(event.question);
    if (question?.state !== "open") return;
    this.#questions.set(event.question, { ...question, state: "answered", answer: event });
  }

  /** What was asked about this effect or step has come to its end, by the answer or without one. */
  #take(subject: string, which: (question: Question) => boolean = () => true): void {
    for (const question of this.questionsAbout(subject)) {
      if (question.taken || !which(question)) continue;
      const state = question.state === "open" ? "moot" : question.state;
      this.#questions.set(question.question, { ...question, state, taken: true });
    }
  }

  /**
   * Nobody goes on with the steps of a team that has ended. What its effects are in doubt about stays to be decided.
   */
  #endSteps(isOver: (team: string) => boolean): void {
    for (const question of this.openQuestions) {
      if (question.about === "step" && isOver(question.team)) this.#take(question.subject);
    }
  }
}

function isUnknown(state: EffectRecord["state"]): boolean {
  return state === "under-way" || state === "in-doubt";
}
