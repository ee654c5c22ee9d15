import { abortable } from "../../base/abort.ts";
import { M1Error, UsageError } from "../../base/errors.ts";
import type { EventOf } from "../../events/run-event.ts";
import type { Tool } from "../../tools/tool.ts";
import { askStatus, callTool, pause, type CallSurroundings, type ExternalCall } from "./call-tool.ts";
import type { EffectJournal } from "./effect-journal.ts";
import { idempotencyKeyOf } from "./effect-names.ts";
import type { AskedCall, EffectRecord, Question } from "./effects-fold.ts";
import { effectQuestion } from "./question-text.ts";

/** An external call that is to be performed once. */
export interface EffectCall extends AskedCall {
  readonly effect: string;
  readonly grounds: "commit" | "permit";
}

export interface CarryOutOptions {
  readonly journal: EffectJournal;
  /** The tool of this name, where this process has it. */
  readonly tool: (name: string) => Tool | undefined;
  /** Begins and ends the waiting for a person. */
  readonly whileAsked: <Value>(subject: string, question: string, waiting: Promise<Value>) => Promise<Value>;
}

/** How far one call may be carried. */
export interface Manner {
  /** Whether it may be sent again by itself where that is safe. A person's word to do it again always holds. */
  readonly mayRepeat: boolean;
  /** Whether a person's answer is waited for; else the question is left open. */
  readonly mayWait: boolean;
}

type Ended = EventOf<"effect-finished">["status"];

/**
 * Owns: the course of one external call from its permit to a known end. Does not own: who shares it.
 * Invariants: 1. its `effect-started` is durable before the tool is called (L2), and an end is given after it
 * is; 2. once a try may have done it, nothing but the tool's own success, its status query or a person says
 * what became of it: a later try that surely did nothing proves nothing of the earlier one; 3. it is tried
 * again only where the tool makes that safe, the status query says that nothing was done, or a person says so.
 */
export class CarryOut {
  readonly #options: CarryOutOptions;

  constructor(options: CarryOutOptions) {
    this.#options = options;
  }

  /** Carries the call to its end, or as far as it goes now: then it is `in-doubt`. */
  async run(call: EffectCall, manner: Manner, surroundings: CallSurroundings): Promise<EffectRecord> {
    const { journal } = this.#options;
    const before = journal.fold.effect(call.effect);
    if (!before || before.state === "failed") await this.#try(call, surroundings, false);
    else if (before.state === "under-way") await this.#end(call.effect, "in-doubt", "call", { failure: CUT_OFF });
    // One that an earlier process left is taken up at once; after a try of this one the other side is given a moment.
    const first = before && before.state !== "failed" ? 0 : 1;
    for (let tries = first; this.#record(call).state === "in-doubt"; tries += 1) {
      if (!(await this.#resolve(call, tries, manner, surroundings))) break;
    }
    return this.#record(call);
  }

  /** One step out of doubt; false where nothing more can be done now. */
  async #resolve(call: EffectCall, tries: number, manner: Manner, surroundings: CallSurroundings): Promise<boolean> {
    const question = this.#options.journal.openAbout(call.effect);
    if (question?.answer) return await this.#obey(call, question.answer, surroundings);
    if (surroundings.patience.aborted) return false;
    const tool = this.#options.tool(call.tool);
    if (tool && manner.mayRepeat && isRepeatable(tool, call) && (await pause(tries, surroundings))) {
      await this.#try(call, surroundings, true);
      return true;
    }
    if (tool?.status && (await this.#askTool(call, tool, tries, manner, surroundings))) return true;
    return await this.#askPerson(call, question, manner, surroundings);
  }

  /** Whether the tool knows what became of it. One that surely did not happen is done then, or left so. */
  async #askTool(
    call: EffectCall,
    tool: Tool,
    tries: number,
    { mayRepeat }: Manner,
    surroundings: CallSurroundings,
  ): Promise<boolean> {
    const status = await askStatus(this.#external(call, tool), surroundings);
    if (status === "unknown") return false;
    if (status !== "not-performed") await this.#end(call.effect, "performed", "status", { result: status.performed });
    else if (mayRepeat && (await pause(tries, surroundings))) await this.#try(call, surroundings, false);
    else await this.#end(call.effect, "failed", "status", { failure: NOT_DONE });
    return true;
  }

  async #askPerson(
    call: EffectCall,
    open: Question | undefined,
    { mayWait }: Manner,
    { patience }: CallSurroundings,
  ): Promise<boolean> {
    const { journal, whileAsked } = this.#options;
    if (patience.aborted) return false;
    const text = effectQuestion(this.#record(call));
    const id = open?.question ?? (await journal.ask("effect", call.effect, call, text));
    if (!mayWait) return false;
    return await whileAsked(call.effect, id, abortable(journal.answerTo(id), patience)).then(
      () => true,
      (error: unknown) => {
        if (patience.aborted) return false;
        throw error;
      },
    );
  }

  /** Does what a person has decided. */
  async #obey(
    call: EffectCall,
    { decision, text }: EventOf<"question-answered">,
    surroundings: CallSurroundings,
  ): Promise<boolean> {
    if (decision === "again") {
      if (surroundings.patience.aborted) return false;
      await this.#try(call, surroundings, true);
    } else if (decision === "not-again") await this.#end(call.effect, "refused", "person", {});
    else await this.#end(call.effect, "performed", "person", { result: { text: text ?? "", facts: {} } });
    return true;
  }

  /** One try. `doubted`: an earlier one may have done it. */
  async #try(call: EffectCall, surroundings: CallSurroundings, doubted: boolean): Promise<void> {
    const tool = this.#options.tool(call.tool) ?? missing(call.tool);
    const external = this.#external(call, tool);
    // Whoever asked first stays its owner.
    const { effect, grounds, team, key } = this.#options.journal.fold.effect(call.effect) ?? call;
    const asked = { effect, grounds, team, key, tool: call.tool, arguments: call.arguments };
    await this.#options.journal.append({
      ...asked,
      type: "effect-started",
      idempotencyKey: external.idempotencyKey,
    });
    const end = await callTool(external, surroundings);
    if (end.status === "performed") await this.#end(effect, "performed", "call", { result: end.result });
    else await this.#end(effect, doubted ? "in-doubt" : end.status, "call", { failure: end.failure });
  }

  async #end(
    effect: string,
    status: Ended,
    by: EventOf<"effect-finished">["by"],
    what: Pick<EventOf<"effect-finished">, "result" | "failure">,
  ): Promise<void> {
    await this.#options.journal.append({ type: "effect-finished", effect, status, by, ...what });
  }

  /** A run that goes on from another one's events keeps that one's key: the other side knows the call by it. */
  #external(call: EffectCall, tool: Tool): ExternalCall {
    const { fold } = this.#options.journal;
    const known = fold.effect(call.effect)?.idempotencyKey;
    return { tool, arguments: call.arguments, idempotencyKey: known || idempotencyKeyOf(fold.runId, call.effect) };
  }

  #record({ effect }: EffectCall): EffectRecord {
    const record = this.#options.journal.fold.effect(effect);
    if (record) return record;
    throw new M1Error("effect-unknown", `The log has nothing of the effect ${effect}, which was begun.`);
  }
}

const CUT_OFF = { code: "effect-cut-off", message: "The process ended while it was under way." };
const NOT_DONE = { code: "effect-not-done", message: "The tool's status query says that it was not done." };

function isRepeatable(tool: Tool, { arguments: args }: EffectCall): boolean {
  return tool.idempotent === true || declaresRepeatable(tool, args);
}

/** Whether the tool says of this very call that doing it twice is as good as once. A tool that cannot say does not. */
export function declaresRepeatable(tool: Tool, args: Record<string, unknown>): boolean {
  try {
    return tool.declare(args).repeatable === true;
  } catch {
    return false;
  }
}

function missing(name: string): never {
  throw new UsageError(
    "tool-unknown",
    `This process does not have the tool "${name}", whose call is to be performed.`,
    {
      hint: "Resume the run from the program that gave its teams the tool.",
    },
  );
}
