import assert from "node:assert/strict";
import { seededRandom } from "../../../../src/base/random.ts";
import type { Input, ProposalReply } from "../../../../src/events/input.ts";
import type { Message } from "../../../../src/events/message.ts";
import type { ModelReply } from "../../../../src/events/model-call.ts";
import type { TeamEvent } from "../../../../src/events/run-event.ts";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import type { ModelCall, Proposal, StepContext, ToolRequest } from "../../../../src/steps/step-context.ts";
import { StepFailed } from "../../../../src/steps/step-failed.ts";

export type Kind =
  "facts" | "plan" | "facts_update" | "plan_update" | "ledger" | "files" | "coder" | "final" | "rules_coder";

/** A reply, a failure, or what takes its time. */
type Scripted<Value> = Value | Error | ((signal: AbortSignal) => Promise<Value>);
export type ScriptedReply = Scripted<string | ModelReply>;

export interface Script {
  /** Replies by kind of question, used up in order; `always` never ends. */
  readonly replies: Partial<Record<Kind, readonly ScriptedReply[] | { readonly always: ScriptedReply }>>;
  readonly tools?: (request: ToolRequest) => Scripted<ToolResult>;
  readonly signal?: AbortSignal;
  /** What the team takes at each asking, one list an asking. */
  readonly inputs?: (readonly Input[])[];
  /** What becomes of each proposal; accepted where none is left. */
  readonly verdicts?: readonly ProposalReply[];
}

export interface SeenCall {
  readonly key: string;
  readonly kind: Kind;
  readonly messages: readonly Message[];
  readonly call: ModelCall;
}

/** A step context in memory, with a strict script: an unexpected call fails the team, an unused reply the test. */
export class ScriptedSteps {
  readonly calls: SeenCall[] = [];
  readonly tools: (ToolRequest & { readonly key: string })[] = [];
  readonly events: (TeamEvent & { readonly key: string })[] = [];
  readonly proposals: (Proposal & { readonly key: string })[] = [];
  readonly #script: Script;
  readonly #used = new Map<Kind, number>();
  readonly #counters = new Map<string, number>();

  constructor(script: Script) {
    this.#script = script;
  }

  context(scope = "team-1"): StepContext {
    const signal = this.#script.signal ?? new AbortController().signal;
    return {
      scope,
      signal,
      fork: (name) => this.context(`${scope}/${name}`),
      model: (call) => this.#model(this.#nextKey(scope), call, signal),
      tool: (request) => this.#tool(this.#nextKey(scope), request, signal),
      report: async (event) => void this.events.push({ ...event, key: this.#nextKey(scope) }),
      inputs: () => this.#inputs(),
      propose: (proposal) => this.#propose(this.#nextKey(`${scope}/answer`), proposal),
      random: () => seededRandom("script", this.#nextKey(`${scope}/random`)),
    };
  }

  eventsOf<Type extends TeamEvent["type"]>(type: Type): (Extract<TeamEvent, { type: Type }> & { key: string })[] {
    return this.events.filter((event): event is Extract<TeamEvent, { type: Type }> & { key: string } => {
      return event.type === type;
    });
  }

  callsOf(kind: Kind): SeenCall[] {
    return this.calls.filter((call) => call.kind === kind);
  }

  assertUsedUp(): void {
    for (const [kind, replies] of Object.entries(this.#script.replies)) {
      if (!Array.isArray(replies)) continue;
      assert.equal(this.#used.get(kind as Kind) ?? 0, replies.length, `replies to ${kind} used`);
    }
  }

  async #model(key: string, call: ModelCall, signal: AbortSignal): Promise<ModelReply> {
    signal.throwIfAborted();
    const messages = call.conversation.messages();
    const kind = kindOf(messages);
    this.calls.push({ key, kind, messages, call });
    const used = this.#used.get(kind) ?? 0;
    this.#used.set(kind, used + 1);
    const replies = this.#script.replies[kind] ?? [];
    const scripted = "always" in replies ? replies.always : replies[used];
    if (scripted === undefined) throw failure("script-unexpected", `No reply ${used + 1} to ${kind}.`, key);
    const reply = await play(scripted, signal);
    return typeof reply === "string" ? { text: reply, finishReason: "stop" } : reply;
  }

  async #tool(key: string, request: ToolRequest, signal: AbortSignal): Promise<ToolResult> {
    signal.throwIfAborted();
    this.tools.push({ ...request, key });
    const scripted = this.#script.tools?.(request);
    if (scripted === undefined) throw failure("script-unexpected", `No result of ${request.tool}.`, key);
    return await play(scripted, signal);
  }

  async #inputs(): Promise<readonly Input[]> {
    return this.#script.inputs?.shift() ?? [];
  }

  async #propose(key: string, proposal: Proposal): Promise<ProposalReply> {
    this.proposals.push({ ...proposal, key });
    return this.#script.verdicts?.[this.proposals.length - 1] ?? { kind: "accepted" };
  }

  #nextKey(scope: string): string {
    const next = (this.#counters.get(scope) ?? 0) + 1;
    this.#counters.set(scope, next);
    return `${scope}/${next}`;
  }
}

async function play<Value>(scripted: Scripted<Value>, signal: AbortSignal): Promise<Value> {
  if (scripted instanceof Error) throw scripted;
  if (typeof scripted === "function") return await (scripted as (signal: AbortSignal) => Promise<Value>)(signal);
  return scripted;
}

export function failure(code: string, message = `scripted ${code}`, key = "team-1/1"): StepFailed {
  return new StepFailed(key, { code, message });
}

/** The same words by which the shared scripted server tells questions apart. */
function kindOf(messages: readonly Message[]): Kind {
  const last = messages.at(-1)?.content ?? "";
  const first = messages[0]?.content ?? "";
  if (last.includes("is_request_satisfied")) return "ledger";
  if (last.includes("pre-survey")) return "facts";
  if (last.includes("rewrite the following fact sheet")) return "facts_update";
  if (last.includes("come up with a new plan")) return "plan_update";
  if (last.includes("bullet-point plan")) return "plan";
  if (last.includes("FINAL ANSWER")) return "final";
  if (first.includes("python coding block")) return first.includes("Reply with one complete") ? "rules_coder" : "coder";
  return "files";
}

export interface LedgerWords {
  readonly satisfied?: boolean | string;
  readonly loop?: boolean | string;
  readonly progress?: boolean | string;
  readonly speaker?: string;
  readonly instruction?: string;
}

/** A progress ledger as a model writes it, in the long form. */
export function ledger(words: LedgerWords = {}): Record<string, { reason: string; answer: unknown }> {
  const { satisfied = false, loop = false, progress = true, speaker = "Coder", instruction = "Go on." } = words;
  return {
    is_request_satisfied: { reason: "so it is", answer: satisfied },
    is_in_loop: { reason: "as said", answer: loop },
    is_progress_being_made: { reason: "as seen", answer: progress },
    next_speaker: { reason: "their turn", answer: speaker },
    instruction_or_question: { reason: "the plan", answer: instruction },
  };
}

export const ledgerText = (words: LedgerWords = {}): string => JSON.stringify(ledger(words));

/** The same in the short form. */
export function shortLedgerText(words: LedgerWords = {}): string {
  return JSON.stringify(Object.fromEntries(Object.entries(ledger(words)).map(([name, { answer }]) => [name, answer])));
}
