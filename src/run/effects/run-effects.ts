import { abortable, CancelScope } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { Cancelled, M1Error } from "../../base/errors.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { EffectsSummary } from "../../events/run-event.ts";
import type { ToolResult } from "../../events/tool-call.ts";
import type { RunLog, ScopeWriter } from "../../log/run-log.ts";
import type { EffectPerformer, EffectRequest } from "../../steps/executors.ts";
import type { Tool } from "../../tools/tool.ts";
import type { CallSurroundings } from "./call-tool.ts";
import { CarryOut, declaresRepeatable } from "./carry-out.ts";
import { EffectJournal } from "./effect-journal.ts";
import { commitOf, permitOf } from "./effect-names.ts";
import type { AskedCall, EffectRecord, EffectsFold } from "./effects-fold.ts";
import { stepQuestion } from "./question-text.ts";

export interface RunEffectsOptions {
  readonly log: RunLog;
  /** The writer of the run's scope. */
  readonly writer: ScopeWriter;
  readonly clock: Clock;
  /** Has taken in what is in the log; empty for a new run. What it lacks is read. */
  readonly fold: EffectsFold;
  /** The tool of this name, where this process has it. */
  readonly tool: (name: string) => Tool | undefined;
  readonly live: (event: LiveEvent) => void;
  /** Told when a step begins or ceases to wait for a person, and now and then while one waits. */
  readonly onWaiting?: () => void;
  /** Told when the log takes nothing any more: the run cannot go on. */
  readonly onLogFailure?: (error: unknown) => void;
}

/**
 * Owns: the external calls of a run, from the first that is asked for to the last that is committed. Does not
 * own: when the race is decided, how one call is carried to its end (`CarryOut`).
 * Invariants: 1. equal calls that must act to go on are one effect: while it is under way all who ask wait for
 * it, afterwards all get its result (R5); 2. after `decided` no permit is begun; 3. what is staged is
 * performed in `conclude` alone, for the team that the decision rests on, in the order in which it asked, and
 * nothing behind one that was not performed; 4. when `conclude` has ended, every call that was begun has an
 * end in the log, or is in doubt there with a question that is open.
 */
export class RunEffects implements EffectPerformer {
  readonly #options: RunEffectsOptions;
  readonly #journal: EffectJournal;
  readonly #carryOut: CarryOut;
  /** Cancelled when the process lets go of the run: all that goes on is cut off. */
  readonly #work = new CancelScope();
  /** Cancelled at the decision: nothing new is begun. */
  readonly #patience = new CancelScope(this.#work.signal);
  /** Cancelled when the calls of the teams that are under way are cut off. */
  readonly #calls = new CancelScope(this.#work.signal);
  readonly #underWay = new Map<string, Promise<EffectRecord>>();
  /** What the steps that have not been answered wait for: an effect, or themselves. */
  readonly #asking = new Map<string, string>();
  /** The open questions that somebody waits for, by effect or step. */
  readonly #asked = new Map<string, string>();

  constructor(options: RunEffectsOptions) {
    this.#options = options;
    const { onWaiting } = options;
    this.#journal = new EffectJournal({ ...options, ...(onWaiting ? { onLook: onWaiting } : {}) });
    this.#carryOut = new CarryOut({
      journal: this.#journal,
      tool: options.tool,
      whileAsked: (subject, question, waiting) => this.#whileAsked(subject, question, waiting),
    });
  }

  /** The steps that wait for a person, each with the id of its question. */
  get waiting(): ReadonlyMap<string, string> {
    const steps = [...this.#asking].map(([key, subject]) => [key, this.#asked.get(subject)] as const);
    return new Map(steps.filter((step): step is readonly [string, string] => step[1] !== undefined));
  }

  /** Whether a call goes on that does not wait for a person; its team may have ended. */
  get busy(): boolean {
    return [...this.#underWay.keys()].some((effect) => !this.#asked.has(effect));
  }

  get someoneWaits(): boolean {
    return this.#asked.size > 0;
  }

  /** What the external calls have come to so far. */
  summary(): EffectsSummary {
    return this.#journal.fold.summary();
  }

  async perform(request: EffectRequest): Promise<ToolResult> {
    const effect = permitOf(request.tool, request.arguments);
    const record = await this.#while(request.key, effect, () => this.#permit(effect, request));
    if (record.state === "performed" && record.result) return record.result;
    if (record.state === "refused") throw refused(record);
    // Left in doubt by the decision: its team has ended, and `conclude` goes on with it.
    if (record.state !== "failed") this.#patience.signal.throwIfAborted();
    throw failed(record);
  }

  async mayRepeat(request: EffectRequest): Promise<boolean> {
    const { team, key, tool, arguments: args } = request;
    const found = this.#options.tool(tool);
    if (found && declaresRepeatable(found, args)) return true;
    const { signal } = this.#patience;
    signal.throwIfAborted();
    const id = await this.#journal.ask("step", key, request, stepQuestion(team, tool));
    const answer = await this.#while(key, key, () =>
      this.#whileAsked(key, id, abortable(this.#journal.answerTo(id), signal)),
    );
    return answer.decision === "again";
  }

  /** The race is decided: no permit is begun any more, and nobody waits for a person. */
  decided(): void {
    this.#patience.cancel(new Cancelled("race-decided", "The race is decided."));
  }

  /** Resolves when no call is under way. */
  async quiet(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.values());
  }

  /**
   * Ends the run's external calls once the race is decided: cuts off permit calls that are still under way, finds
   * out what became of those in doubt, and performs what the answer's team staged. What only a person can decide
   * is asked and left; called again in a later process, it goes on from there. Throws `UsageError`
   * (`tool-unknown`) where this process lacks a tool that is needed, before anything of that call is done.
   */
  async conclude(): Promise<void> {
    this.decided();
    this.#calls.cancel(
      new Cancelled("race-decided", "The race was decided while it was under way, and it was cut off."),
    );
    await this.quiet();
    const { fold } = this.#journal;
    const loose = fold.effects.filter(({ grounds, state }) => grounds === "permit" && isUnknown(state));
    for (const call of loose)
      await this.#carryOut.run(call, { mayRepeat: false, mayWait: false }, this.#around(call.key));
    if (fold.basis !== undefined) await this.#commit(fold.stagedBy(fold.basis));
  }

  /** Lets go of the run: ends all waiting for people; their questions stay open. What is under way is cut off. */
  close(): void {
    this.#work.cancel(new Cancelled("effects-closed", "The process lets go of the run."));
    this.#journal.close();
  }

  async #commit(calls: readonly AskedCall[]): Promise<void> {
    let stopped = false;
    for (const call of calls) {
      const effect = commitOf(call.key);
      const before = this.#journal.fold.effect(effect);
      if (stopped && !before) {
        await this.#journal.append({ type: "effect-finished", effect, status: "skipped", by: "call" });
      } else if (!stopped) {
        const manner = { mayRepeat: true, mayWait: false };
        const isOver = before && !isUnknown(before.state);
        const record = isOver
          ? before
          : await this.#carryOut.run({ ...call, effect, grounds: "commit" }, manner, this.#around(call.key));
        if (record.state === "in-doubt") return;
        stopped = record.state !== "performed";
      }
    }
  }

  /** The one carrying out of this effect that is under way, or a new one. */
  #permit(effect: string, request: EffectRequest): Promise<EffectRecord> {
    const underWay = this.#underWay.get(effect);
    if (underWay) return underWay;
    this.#patience.signal.throwIfAborted();
    const { team, key, tool, arguments: args } = request;
    const call = { effect, grounds: "permit", team, key, tool, arguments: args } as const;
    const surroundings = { ...this.#around(key), signal: this.#calls.signal, patience: this.#patience.signal };
    const work = this.#carryOut
      .run(call, { mayRepeat: true, mayWait: true }, surroundings)
      .finally(() => void this.#underWay.delete(effect));
    this.#underWay.set(effect, work);
    return work;
  }

  /** What a call is surrounded by that nothing cuts off but its own time, and the end of the process's work. */
  #around(key: string): CallSurroundings {
    const { clock, live } = this.#options;
    const { signal } = this.#work;
    return { clock, signal, patience: signal, live: (text) => live({ type: "output-streamed", key, text }) };
  }

  /** Knows, while `work` goes on, what the step waits for. */
  async #while<Value>(key: string, subject: string, work: () => Promise<Value>): Promise<Value> {
    this.#asking.set(key, subject);
    if (this.#asked.has(subject)) this.#options.onWaiting?.();
    try {
      return await work();
    } finally {
      this.#asking.delete(key);
    }
  }

  async #whileAsked<Value>(subject: string, question: string, waiting: Promise<Value>): Promise<Value> {
    this.#asked.set(subject, question);
    this.#options.onWaiting?.();
    try {
      return await waiting;
    } finally {
      this.#asked.delete(subject);
      this.#options.onWaiting?.();
    }
  }
}

function isUnknown(state: EffectRecord["state"]): boolean {
  return state === "under-way" || state === "in-doubt";
}

function failed({ tool, failure }: EffectRecord): M1Error {
  const why = failure ? `: ${failure.message}` : ".";
  const hint = failure?.hint;
  return new M1Error("effect-failed", `The call of "${tool}" was not done${why}`, hint ? { hint } : {});
}

function refused({ tool }: EffectRecord): M1Error {
  return new M1Error(
    "effect-refused",
    `Nobody knows whether the call of "${tool}" was done, and a person decided not to repeat it.`,
  );
}
