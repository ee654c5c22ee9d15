import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { abortable } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { describeError, isCancellation, M1Error, toError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import type { LiveEvent } from "../events/live.ts";
import type { ModelReply, ModelSettings, ModelStep } from "../events/model-call.ts";
import type { EventOf, Failure, RunEvent, TeamEvent } from "../events/run-event.ts";
import type { ToolResult, ToolStep } from "../events/tool-call.ts";
import type { ScopeWriter } from "../log/run-log.ts";
import type { Conversation } from "./conversation.ts";
import type { ModelExecutor, StepExecution, ToolExecutor } from "./executors.ts";
import { ModelFailure } from "./model-failure.ts";
import type { ModelCall, StepContext, ToolRequest } from "./step-context.ts";
import { StepFailed } from "./step-failed.ts";

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
  /** What a model call of this team has unless it says otherwise. */
  readonly defaults: Pick<ModelSettings, "model" | "temperature" | "seed">;
  readonly live: (event: LiveEvent) => void;
}

/** What a step came to, before it is journaled. */
type Finish = Pick<EventOf<"step-finished">, "reply" | "result" | "usage" | "attempts" | "retried">;

/**
 * Owns: a team's keys, and the journaling of its steps and reports. Does not own: how a step is
 * executed, what the race makes of it.
 * Invariants: 1. nothing is executed before its `step-started` is durable (L2); 2. after the signal
 * aborts, nothing new is executed (R3); 3. every started step is finished in the log, unless the
 * process dies; 4. keys depend only on the order of calls within a fork (S1).
 */
export class StepDoor {
  readonly #options: StepDoorOptions;
  readonly #counters = new Map<string, number>();
  /** Links of conversations that this team's part of the log has. */
  readonly #known = new Set<string>();
  readonly #underWay = new Map<string, Promise<unknown>>();
  #logFailure: Error | undefined;
  #reportFailure: Error | undefined;

  constructor(options: StepDoorOptions) {
    this.#options = options;
  }

  /** The context of the whole team. */
  get context(): StepContext {
    return this.#contextOf(this.#options.team);
  }

  /** The keys of the steps whose executors have not let go yet. */
  get stillAlive(): readonly string[] {
    return [...this.#underWay.keys()];
  }

  /** Why the log takes nothing of this team any more; its steps then fail for no fault of the team. */
  get logFailure(): Error | undefined {
    return this.#logFailure;
  }

  /** Resolves when no executor holds anything any more and all is journaled. */
  async quiet(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.values());
  }

  #contextOf(scope: string): StepContext {
    const agent = scope.slice(this.#options.team.length + 1) || "Team";
    return {
      scope,
      signal: this.#options.signal,
      fork: (name) => this.#contextOf(`${scope}/${name}`),
      model: (call) => this.#model(scope, agent, call),
      tool: (request) => this.#tool(scope, agent, request),
      report: (event) => this.#report(scope, event),
      random: () => seededRandom(this.#options.seed, this.#nextKey(`${scope}/random`)),
    };
  }

  async #model(scope: string, agent: string, call: ModelCall): Promise<ModelReply> {
    const { conversation, ...asked } = call;
    const settings: ModelSettings = { ...this.#options.defaults, format: { kind: "text" }, ...withoutUndefined(asked) };
    const key = this.#nextKey(scope);
    const step = this.#modelStep(conversation, settings);
    await this.#begin(key, agent, step, hashOf(settings, conversation.id));
    const finish = await this.#run(key, async (execution) => {
      const outcome = await this.#options.models.execute(conversation.messages(), settings, execution);
      const { reply, usage, attempts, retried } = outcome;
      return { reply, usage, attempts, ...(retried.length > 0 ? { retried: [...retried] } : {}) };
    });
    if (!finish.reply) throw new M1Error("step-empty", `The model step ${key} ended without a reply.`);
    return finish.reply;
  }

  async #tool(scope: string, agent: string, request: ToolRequest): Promise<ToolResult> {
    const key = this.#nextKey(scope);
    const args = { ...request.arguments };
    const { effect, egress } = this.#options.tools.declare(request.tool, args);
    const step: ToolStep = { kind: "tool", tool: request.tool, arguments: args, effect, egress: [...egress] };
    await this.#begin(key, agent, step, hashOf(request.tool, args));
    const finish = await this.#run(key, async (execution) => ({
      result: await this.#options.tools.execute(request.tool, args, execution),
      attempts: 1,
    }));
    if (!finish.result) throw new M1Error("step-empty", `The tool step ${key} ended without a result.`);
    return finish.result;
  }

  #modelStep(conversation: Conversation, settings: ModelSettings): ModelStep {
    const { base, added } = conversation.since((id) => this.#known.has(id));
    for (const link of added) this.#known.add(link.id);
    const messages = added.flatMap((link) => (link.message ? [link.message] : []));
    return { kind: "model", settings, conversation: { head: conversation.id, base, added: messages } };
  }

  async #begin(key: string, agent: string, step: ModelStep | ToolStep, request: string): Promise<void> {
    this.#assertOpen();
    await this.#append({ type: "step-started", key, agent, step, request });
  }

  /** Executes a begun step and journals its end. The caller is let go the moment the team is stopped. */
  #run(key: string, execute: (execution: StepExecution) => Promise<Finish>): Promise<Finish> {
    const { signal, clock, live } = this.#options;
    const execution: StepExecution = { signal, live: (event) => live({ ...event, key }) };
    const began = clock.monotonic();
    const work = (async () => {
      try {
        // Between the commit and here the race may have been decided: then nothing is begun.
        if (signal.aborted) throw new ModelFailure("step-not-begun", "The team was stopped.", { attempts: 0 });
        const finish = await execute(execution);
        await this.#append({
          type: "step-finished",
          key,
          status: "succeeded",
          ...finish,
          durationMs: since(clock, began),
        });
        return finish;
      } catch (error) {
        await this.#append({ ...failedStep(key, error, signal.aborted), durationMs: since(clock, began) });
        throw signal.aborted ? signal.reason : new StepFailed(key, failureOf(error), error);
      }
    })();
    this.#track(key, work);
    return abortable(work, signal);
  }

  #report(scope: string, event: TeamEvent): Promise<void> {
    this.#assertOpen();
    // Not awaited: what later leaves the process is appended behind it, so it is durable by then.
    const appended = this.#append({ ...event, key: this.#nextKey(scope) });
    appended.catch((error: unknown) => {
      this.#reportFailure ??= toError(error);
    });
    this.#track(`report ${event.type}`, appended);
    return Promise.resolve();
  }

  #assertOpen(): void {
    this.#options.signal.throwIfAborted();
    const failure = this.#logFailure ?? this.#reportFailure;
    if (failure) throw failure;
  }

  async #append(event: RunEvent): Promise<void> {
    try {
      await this.#options.writer.append([event]);
    } catch (error) {
      // What could not be written for what it says is that event's fault, and the log goes on.
      if (!(error instanceof M1Error && error.code === "event-unwritable")) this.#logFailure ??= toError(error);
      throw error;
    }
  }

  #track(key: string, work: Promise<unknown>): void {
    const done = work.then(
      () => {},
      () => {},
    );
    this.#underWay.set(key, done);
    void done.then(() => {
      if (this.#underWay.get(key) === done) this.#underWay.delete(key);
    });
  }

  #nextKey(scope: string): string {
    const count = (this.#counters.get(scope) ?? 0) + 1;
    this.#counters.set(scope, count);
    return `${scope}/${count}`;
  }
}

function failedStep(key: string, error: unknown, aborted: boolean): Omit<EventOf<"step-finished">, "durationMs"> {
  const spent = error instanceof ModelFailure ? error : undefined;
  return {
    type: "step-finished",
    key,
    status: aborted ? "aborted" : "failed",
    failure: failureOf(error),
    ...(spent?.usage ? { usage: spent.usage } : {}),
    attempts: spent?.attempts ?? 1,
    ...(spent && spent.retried.length > 0 ? { retried: [...spent.retried] } : {}),
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof M1Error) {
    return { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
  }
  return { code: isCancellation(error) ? "cancelled" : "step-crashed", message: describeError(error) };
}

/** What is asked, as a hash: on resume the same key must ask the same (S4). */
function hashOf(...asked: readonly unknown[]): string {
  return createHash("sha256")
    .update(canonicalize(asked) ?? "")
    .digest("base64url");
}

/** Node's spread would let an explicit `undefined` shadow a default. */
function withoutUndefined<Settings extends object>(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Settings;
}

function since(clock: Clock, began: number): number {
  return Math.round(clock.monotonic() - began);
}
