import type { Input, ProposalReply } from "../../src/events/input.ts";
import type { ModelReply } from "../../src/events/model-call.ts";
import type { TeamEvent } from "../../src/events/run-event.ts";
import type { ToolResult } from "../../src/events/tool-call.ts";
import type { ModelCall, Proposal, StepContext, ToolRequest } from "../../src/steps/step-context.ts";
import { StepFailed } from "../../src/steps/step-failed.ts";
import type { Life } from "./life.ts";

/**
 * A team's step context as its code sees it. It counts keys by itself, and holds what comes back, and in which
 * order, against the log: what a team saw before a crash it must see after it.
 */
export class ObservedSteps implements StepContext {
  readonly #steps: StepContext;
  readonly #life: Life;
  readonly #team: string;
  readonly #counts: Map<string, number>;

  constructor(steps: StepContext, life: Life, team: string, counts = new Map<string, number>()) {
    this.#steps = steps;
    this.#life = life;
    this.#team = team;
    this.#counts = counts;
  }

  get scope(): string {
    return this.#steps.scope;
  }

  get signal(): AbortSignal {
    return this.#steps.signal;
  }

  fork(name: string): ObservedSteps {
    return new ObservedSteps(this.#steps.fork(name), this.#life, this.#team, this.#counts);
  }

  model(call: ModelCall): Promise<ModelReply> {
    return this.#observed(this.#nextKey(this.scope), this.#steps.model(call));
  }

  tool(request: ToolRequest): Promise<ToolResult> {
    return this.#observed(this.#nextKey(this.scope), this.#steps.tool(request));
  }

  report(event: TeamEvent): Promise<void> {
    this.#nextKey(this.scope);
    return this.#steps.report(event);
  }

  inputs(): Promise<readonly Input[]> {
    const key = this.#nextKey(`${this.scope}/inputs`);
    return this.#observed(key, this.#steps.inputs(), (inputs) => inputs.length > 0);
  }

  propose(proposal: Proposal): Promise<ProposalReply> {
    const key = this.#nextKey(`${this.scope}/answer`);
    // Where nobody judges, there is nothing that the log would have to have.
    return this.#observed(key, this.#steps.propose(proposal), () => this.#life.world.scenario.accepts);
  }

  random(): number {
    return this.#steps.random();
  }

  /** The key of what is asked next in this scope. */
  get nextKey(): string {
    return `${this.scope}/${(this.#counts.get(this.scope) ?? 0) + 1}`;
  }

  #observed<Value>(key: string, given: Promise<Value>, isLogged: (value: Value) => boolean = () => true) {
    const { waiting } = this.#life;
    waiting.add(key);
    given.then(
      (value) => {
        waiting.delete(key);
        if (isLogged(value)) this.#comes(key);
      },
      (error: unknown) => {
        waiting.delete(key);
        if (error instanceof StepFailed) this.#comes(key);
      },
    );
    return given;
  }

  #comes(key: string): void {
    // What a stopped team still hears has no consequence.
    if (this.#life.isActing && !this.signal.aborted) this.#life.comesBack(this.#team, key);
  }

  #nextKey(scope: string): string {
    const count = (this.#counts.get(scope) ?? 0) + 1;
    this.#counts.set(scope, count);
    return `${scope}/${count}`;
  }
}
