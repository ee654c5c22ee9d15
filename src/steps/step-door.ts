import { abortable } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { M1Error } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import { Turnstile } from "../base/turnstile.ts";
import type { AcceptanceVerdict, Input, ProposalReply } from "../events/input.ts";
import type { LiveEvent } from "../events/live.ts";
import type { ModelSettings, ModelStep, Usage } from "../events/model-call.ts";
import type { RunEvent, TeamEvent } from "../events/run-event.ts";
import type { ToolResult, ToolStep } from "../events/tool-call.ts";
import type { ScopeWriter } from "../log/run-log.ts";
import type { Conversation } from "./conversation.ts";
import type { EffectPerformer, ModelExecutor, StepExecution, ToolExecutor } from "./executors.ts";
import { type EndedStep, failedStep, type Finish } from "./finished-step.ts";
import { Journal } from "./journal.ts";
import { KnownLinks } from "./known-links.ts";
import { LostSessions } from "./lost-sessions.ts";
import { ModelFailure } from "./model-failure.ts";
import { OpenCalls } from "./open-calls.ts";
import { RecordedCalls } from "./recorded-calls.ts";
import type { Replay } from "./replay.ts";
import type { ModelCall, PromptedReply, Proposal, StepContext, ToolRequest } from "./step-context.ts";
import { StepFailed } from "./step-failed.ts";
import { type BegunStep, hashOf } from "./team-past.ts";

type Defaults = Pick<ModelSettings, "model" | "temperature" | "seed">;

export interface StepDoorOptions {
  /** The team whose door this is; also the first part of its keys. */
  readonly team: string;
  readonly writer: ScopeWriter;
  readonly clock: Clock;
  /** The run's seed. */
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly models: ModelExecutor;
  readonly tools: ToolExecutor;
  readonly effects: EffectPerformer;
  /** What a model call of this team has unless it says otherwise. */
  readonly defaults: Defaults;
  /** The same for the steps up to this place in the log, where a fork changed them there. */
  readonly before?: { readonly seq: number; readonly defaults: Defaults };
  readonly live: (event: LiveEvent) => void;
  /** What the log has of the team, where it is resumed. */
  readonly replay?: Replay;
  /** Gives the state of the team's folder a name in the log; absent for a team without a folder. */
  readonly snapshot?: () => Promise<string>;
  /** Takes the inputs that wait for the team. */
  readonly takeInputs: () => readonly Input[];
  /** The run's verdict on a proposal, by its key; absent where every answer is accepted. */
  readonly judge?: (proposal: string) => Promise<AcceptanceVerdict>;
  /** The team goes another way than its log (S4), or its log fails: it must be stopped. */
  readonly onFault: (error: Error) => void;
}

/** A step about to be done, in the words of its `step-started`. */
interface Beginning {
  readonly key: string;
  readonly agent: string;
  readonly step: ModelStep | ToolStep;
  readonly request: string;
}

/** What the log has begun under a step's key, where it has. */
type Begun = BegunStep | undefined;

type LiveOfStep = StepExecution["live"];

/**
 * Owns: a team's keys, and the journaling of its steps, reports, inputs and proposals. Does not own: how a
 * step is executed, what the race makes of it, what the log has (the recorded calls).
 * Invariants: 1. nothing is executed before its `step-started` is durable (L2); 2. after the signal
 * aborts, nothing new is executed (R3); 3. every started step is finished in the log, unless the
 * process dies; 4. keys depend only on the order of calls within a fork (S1); 5. what the log has is never
 * executed again, and must be asked the same (S1, S4); 6. steps in the team's folder come one after another.
 */
export class StepDoor {
  readonly #options: StepDoorOptions;
  readonly #journal: Journal;
  readonly #counters = new Map<string, number>();
  readonly #known = new KnownLinks();
  readonly #calls = new OpenCalls();
  readonly #folder = new Turnstile();
  readonly #past: RecordedCalls | undefined;
  readonly #sessions: LostSessions | undefined;
  #accepted: string | undefined;

  constructor(options: StepDoorOptions) {
    this.#options = options;
    const { replay, tools, signal, onFault } = options;
    if (replay) this.#sessions = new LostSessions(replay.tools, (tool) => tools.reopen(tool, signal));
    this.#journal = new Journal(options);
    if (replay) this.#past = new RecordedCalls({ replay, journal: this.#journal, signal, onFault });
  }

  /** The context of the whole team. */
  get context(): StepContext {
    return this.#contextOf(this.#options.team);
  }

  /** The keys of the steps whose executors have not let go yet. */
  get stillAlive(): readonly string[] {
    return this.#journal.stillAlive;
  }

  /** Why the log takes nothing of this team any more; its steps then fail for no fault of the team. */
  get logFailure(): Error | undefined {
    return this.#journal.logFailure;
  }

  /** The answer that the team proposed last and that was accepted. */
  get acceptedAnswer(): string | undefined {
    return this.#accepted;
  }

  /** Whether the team can do nothing more before what these steps wait for has come. */
  isBlocked(waiting: ReadonlySet<string>): boolean {
    return this.#calls.areHeldBy(waiting);
  }

  /** Resolves when the team can go on: what its tools held alive is there again, as far as it can be. */
  async open(): Promise<void> {
    await this.#sessions?.open();
  }

  /** Resolves when no executor holds anything any more and all is journaled. */
  quiet(): Promise<void> {
    return this.#journal.quiet();
  }

  #contextOf(scope: string): StepContext {
    const agent = scope.slice(this.#options.team.length + 1) || "Team";
    return {
      scope,
      signal: this.#options.signal,
      fork: (name) => this.#contextOf(`${scope}/${name}`),
      model: (call) => this.#ask(scope, (key) => this.#model(key, agent, call)),
      tool: (request) => this.#ask(scope, (key) => this.#tool(key, agent, request)),
      report: (event) => this.#report(scope, event),
      inputs: () => this.#ask(`${scope}/inputs`, (key) => this.#inputs(key)),
      propose: (proposal) => this.#ask(`${scope}/answer`, (key) => this.#propose(key, proposal)),
      random: () => seededRandom(this.#options.seed, this.#nextKey(`${scope}/random`)),
    };
  }

  #ask<Value>(scope: string, call: (key: string) => Promise<Value>): Promise<Value> {
    const key = this.#nextKey(scope);
    return this.#calls.follow(key, call(key));
  }

  async #model(key: string, agent: string, call: ModelCall): Promise<PromptedReply> {
    const { models } = this.#options;
    const { conversation, ...asked } = call;
    const begun = this.#past?.meetStep(key);
    const settings: ModelSettings = {
      ...this.#defaultsAt(begun),
      format: { kind: "text" },
      ...withoutUndefined(asked),
    };
    const step = this.#modelStep(conversation, settings);
    const beginning: Beginning = { key, agent, step, request: hashOf(settings, conversation.id) };
    const recorded = this.#past && (await this.#past.finish(beginning, begun));
    if (recorded) return replyOf(key, recorded);
    const messages = conversation.messages();
    await this.#begin(beginning, begun, begun && (await models.cutOffUsage(messages, settings)));
    const finish = await this.#run(key, async (live) => {
      const { signal, team } = this.#options;
      const outcome = await models.execute(messages, settings, { signal, live, team });
      const { reply, usage, attempts, retried } = outcome;
      return { reply, usage, attempts, ...(retried.length > 0 ? { retried: [...retried] } : {}) };
    });
    return replyOf(key, finish);
  }

  /** What held when the step was asked for the first time. */
  #defaultsAt(begun: Begun): Defaults {
    const { before, defaults } = this.#options;
    return begun && before && begun.seq <= before.seq ? before.defaults : defaults;
  }

  async #tool(key: string, agent: string, request: ToolRequest): Promise<ToolResult> {
    const { team, tools, effects } = this.#options;
    const args = { ...request.arguments };
    const { effect, egress, acts = "staged" } = tools.declare(request.tool, args);
    const step: ToolStep = { kind: "tool", tool: request.tool, arguments: args, effect, egress: [...egress] };
    const beginning: Beginning = { key, agent, step, request: hashOf(request.tool, args) };
    const begun = this.#past?.meetStep(key);
    const recorded = this.#past && (await this.#past.finish(beginning, begun));
    if (recorded) return resultOf(key, recorded);
    if (effect === "external" && acts === "staged") return await this.#stage(beginning);
    if (effect === "read") return await this.#callTool(beginning, step, begun);
    if (effect === "workspace") return await this.#inFolder(key, () => this.#callTool(beginning, step, begun));
    await this.#begin(beginning, begun);
    const call = { team, key, tool: request.tool, arguments: args };
    return resultOf(key, await this.#run(key, async () => ({ result: await effects.perform(call), attempts: 1 })));
  }

  /** A call that waits for the decision: both ends of the step are one append, so it is never cut off. */
  async #stage(beginning: Beginning): Promise<ToolResult> {
    const { step, key } = beginning;
    const tool = step.kind === "tool" ? step.tool : "";
    const text = `The call of ${tool} is staged: it will be performed once, after the race, if this team's answer is taken.`;
    const result: ToolResult = { text, facts: { staged: true } };
    this.#journal.assertOpen();
    await this.#journal.give(
      { type: "step-started", ...beginning },
      { type: "step-finished", key, status: "succeeded", result, staged: true, attempts: 0, durationMs: 0 },
    );
    return result;
  }

  #inFolder<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    this.#calls.queues(key);
    return this.#folder.pass(() => {
      this.#calls.acts(key);
      return work();
    });
  }

  async #callTool(beginning: Beginning, step: ToolStep, begun: Begun): Promise<ToolResult> {
    const { tools, team, effects, signal } = this.#options;
    const { key } = beginning;
    const call = { team, key, tool: step.tool, arguments: step.arguments };
    const mayHaveLeft = step.effect === "workspace" && step.egress.length > 0 && begun !== undefined;
    const allowed = !mayHaveLeft || (await abortable(effects.mayRepeat(call), signal));
    await this.#begin(beginning, begun);
    const execute = async (live: LiveOfStep): Promise<Finish> => {
      if (!allowed) {
        const message = `${step.tool} was cut off by a crash, and a person decided not to run it again.`;
        throw new M1Error("effect-refused", message);
      }
      this.#sessions?.assertThere(step.tool);
      return { result: await tools.execute(step.tool, step.arguments, { signal, live }), attempts: 1 };
    };
    return resultOf(key, await this.#run(key, execute, step.effect === "workspace"));
  }

  /** The state of the folder; a disk that refuses it ends the run, since the step could not be kept. */
  async #snapshot(): Promise<Pick<Finish, "snapshot">> {
    const { snapshot, signal } = this.#options;
    if (!snapshot || signal.aborted) return {};
    try {
      return { snapshot: await snapshot() };
    } catch (error) {
      if (error instanceof M1Error && error.code === "log-disk") this.#journal.close(error);
      throw error;
    }
  }

  #modelStep(conversation: Conversation, settings: ModelSettings): ModelStep {
    const { base, added } = conversation.since((id) => this.#known.has(id));
    for (const link of added) this.#known.add(link.id);
    const messages = added.flatMap((link) => (link.message ? [link.message] : []));
    return { kind: "model", settings, conversation: { head: conversation.id, base, added: messages } };
  }

  async #begin(beginning: Beginning, begun: Begun, cutOffUsage?: Usage): Promise<void> {
    const { key } = beginning;
    this.#journal.assertOpen();
    if (!begun) {
      await this.#journal.append({ type: "step-started", ...beginning });
      return;
    }
    const reason = "It was cut off: the process that did it ended.";
    const usage = cutOffUsage ? { usage: cutOffUsage } : {};
    await this.#journal.append({ type: "step-restarted", key, reason, ...usage });
  }

  /** Executes a begun step and journals its end. The caller is let go the moment the team is stopped. */
  #run(key: string, execute: (live: LiveOfStep) => Promise<Finish>, inFolder = false): Promise<Finish> {
    const { signal, clock } = this.#options;
    const began = clock.monotonic();
    const durationMs = () => Math.round(clock.monotonic() - began);
    const work = (async () => {
      const ended = await this.#attempt(key, execute);
      const folder = inFolder ? await this.#snapshot() : {};
      await this.#journal.give({ type: "step-finished", key, ...ended, ...folder, durationMs: durationMs() });
      if (ended.status === "succeeded") return ended;
      throw ended.status === "aborted" ? signal.reason : new StepFailed(key, ended.failure);
    })();
    this.#journal.track(key, work);
    return abortable(work, signal);
  }

  async #attempt(key: string, execute: (live: LiveOfStep) => Promise<Finish>): Promise<EndedStep> {
    const { signal, live } = this.#options;
    try {
      // Between the commit and here the race may have been decided: then nothing is begun.
      if (signal.aborted) throw new ModelFailure("step-not-begun", "The team was stopped.", { attempts: 0 });
      return { status: "succeeded", ...(await execute((event) => live({ ...event, key }))) };
    } catch (error) {
      return failedStep(error, signal.aborted);
    }
  }

  #report(scope: string, event: TeamEvent): Promise<void> {
    this.#journal.assertOpen();
    void this.#tell({ ...event, key: this.#nextKey(scope) });
    return Promise.resolve();
  }

  /** Tells the log, unless it has been told already. Resolves when it is durable; nobody need wait. */
  #tell(event: RunEvent & { readonly key: string }): Promise<unknown> {
    return this.#past?.hasTold(event) ? Promise.resolve() : this.#journal.tell(event);
  }

  async #inputs(key: string): Promise<readonly Input[]> {
    this.#journal.assertOpen();
    if (this.#past?.has(key)) {
      const events = await this.#past.take(key);
      return events.flatMap((event) => (event.type === "input-delivered" ? [event.input] : []));
    }
    // What comes now must not slip in between things of the first time.
    if (this.#past && !this.#past.caughtUp) return [];
    // No inputs are no event: that there are none takes no turn, so that it cannot come in another order again.
    const inputs = [...(this.#sessions?.take() ?? []), ...this.#options.takeInputs()];
    if (inputs.length > 0) {
      await this.#journal.give(...inputs.map((input) => ({ type: "input-delivered", key, input }) as const));
    }
    return inputs;
  }

  async #propose(key: string, proposal: Proposal): Promise<ProposalReply> {
    const { judge } = this.#options;
    this.#journal.assertOpen();
    const told = this.#tell({ type: "answer-proposed", key, ...proposal });
    const reply = this.#past?.has(key)
      ? replyIn(await this.#past.take(key))
      : judge
        ? await this.#judged(key, judge, told)
        : undefined;
    const heard = reply ?? ({ kind: "accepted" } as const);
    this.#accepted = heard.kind === "accepted" ? proposal.answer : undefined;
    return heard;
  }

  async #judged(
    key: string,
    judge: (proposal: string) => Promise<AcceptanceVerdict>,
    told: Promise<unknown>,
  ): Promise<ProposalReply> {
    // What is not in the log is judged by nobody.
    await told;
    // The verdict may be there already: the team hears it behind all that it heard before.
    if (this.#past && !this.#past.over) await this.#past.ended();
    const { verdict, reason } = await abortable(judge(key), this.#options.signal);
    // Where it could not be found out, the answer stands as it is; the race knows that nobody vouched for it.
    const reply: ProposalReply = verdict === "reject" ? { kind: "rejected", reason } : { kind: "accepted" };
    await this.#journal.give({ type: "proposal-answered", key, reply });
    return reply;
  }

  #nextKey(scope: string): string {
    const count = (this.#counters.get(scope) ?? 0) + 1;
    this.#counters.set(scope, count);
    return `${scope}/${count}`;
  }
}

function replyOf(key: string, { reply, usage, attempts }: Finish): PromptedReply {
  const counted = usage && !usage.estimated && attempts === 1;
  if (reply) return counted ? { ...reply, promptTokens: usage.inputTokens } : reply;
  throw new M1Error("step-empty", `The model step ${key} ended without a reply.`);
}

function resultOf(key: string, { result }: Finish): ToolResult {
  if (result) return result;
  throw new M1Error("step-empty", `The tool step ${key} ended without a result.`);
}

function replyIn(events: readonly RunEvent[]): ProposalReply | undefined {
  return events.flatMap((event) => (event.type === "proposal-answered" ? [event.reply] : [])).at(0);
}

/** Node's spread would let an explicit `undefined` shadow a default. */
function withoutUndefined<Settings extends object>(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Settings;
}
