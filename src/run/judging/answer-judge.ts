import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { isRealAnswer } from "../../answers/real-answer.ts";
import type { AcceptanceVerdict } from "../../events/input.ts";
import type { FormedAnswer } from "../../events/verdict.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import type { Workspace } from "../../tools/workspace/workspace.ts";
import type { TeamHost } from "../engine/team-host.ts";

/** An answer whose acceptance is asked for. */
export interface Candidate {
  readonly team: string;
  readonly answer: string;
  /** The team's folder, where it has one. */
  readonly workspace: Workspace | undefined;
  /** Aborted when the team is stopped: the check must end at once. */
  readonly signal: AbortSignal;
}

/** What a check says of an answer, and how the task's form reads it. */
export interface Judged extends AcceptanceVerdict {
  readonly formed?: FormedAnswer;
}

export interface AnswerJudgeOptions {
  readonly accept: (candidate: Candidate) => Promise<Judged>;
  readonly clock: Clock;
  readonly append: (event: EventOf<"answer-judged">) => void;
}

/**
 * Owns: the acceptance checks under way, and who waits for a verdict. Does not own: what a verdict leads to.
 * Invariants: 1. a proposal has one verdict, and that is in the log before the team hears it; 2. a check
 * that fails defers, it never ends a run; 3. what is no real answer is rejected unasked (R2).
 */
export class AnswerJudge {
  readonly #options: AnswerJudgeOptions;
  readonly #verdicts = new Map<string, PromiseWithResolvers<AcceptanceVerdict>>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: AnswerJudgeOptions) {
    this.#options = options;
  }

  /** Takes in an event of the run, of now or of before. */
  apply(event: LoggedEvent): void {
    if (event.type === "answer-judged") this.#of(event.proposal).resolve(event);
  }

  /** The verdict on a proposal, once it is durable. */
  verdictOn(proposal: string): Promise<AcceptanceVerdict> {
    return this.#of(proposal).promise;
  }

  judge({ proposal, answer }: { readonly proposal: string; readonly answer: string }, host: TeamHost): void {
    const work = this.#check(answer, host)
      .then((judged) => {
        if (host.signal.aborted) return;
        this.#options.append({ type: "answer-judged", team: host.name, proposal, ...judged });
      })
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Whether a check runs. */
  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Resolves when no check runs any more. */
  async quiet(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #check(answer: string, host: TeamHost): Promise<Judged & { readonly durationMs: number }> {
    const { clock, accept } = this.#options;
    if (!isRealAnswer(answer)) return { verdict: "reject", reason: "It says nothing.", durationMs: 0 };
    const began = clock.monotonic();
    const durationMs = () => Math.round(clock.monotonic() - began);
    try {
      const { workspace } = await host.quarters;
      const { verdict, reason, formed } = await accept({ team: host.name, answer, workspace, signal: host.signal });
      return { verdict, reason, ...(formed ? { formed } : {}), durationMs: durationMs() };
    } catch (error) {
      const reason = `The check could not be made: ${describeError(error)}`;
      return { verdict: "defer", reason, durationMs: durationMs() };
    }
  }

  #of(proposal: string): PromiseWithResolvers<AcceptanceVerdict> {
    const known = this.#verdicts.get(proposal);
    if (known) return known;
    const fresh = Promise.withResolvers<AcceptanceVerdict>();
    this.#verdicts.set(proposal, fresh);
    return fresh;
  }
}
