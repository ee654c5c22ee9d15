import { z } from "zod";
import { abortable, CancelScope } from "../../base/abort.ts";
import { Cancelled, describeError, M1Error } from "../../base/errors.ts";
import type { ModelAbilities } from "../../events/model-call.ts";
import type { EventOf } from "../../events/run-event.ts";
import { isLogFailure, type ScopeWriter } from "../../log/run-log.ts";
import type { StepDoor } from "../../steps/step-door.ts";
import { type Team, type TeamResult, teamResultSchema, type TeamTask } from "../../team/team.ts";
import type { Workspace } from "../../tools/workspace/workspace.ts";
import { LetGo } from "./let-go.ts";

/** What a team works with; made when it is launched, and again when it is resumed. */
export interface TeamQuarters {
  readonly door: StepDoor;
  readonly task: TeamTask;
  readonly abilities: ModelAbilities | undefined;
  readonly workspace?: Workspace;
}

/** What a host gives whoever makes its quarters. */
export interface HostHandle {
  readonly writer: ScopeWriter;
  /** Aborted when the team is stopped. */
  readonly signal: AbortSignal;
  /** Stops the team: it goes another way than its log, which is its failure, or its log fails, which is the run's. */
  readonly fault: (error: Error) => void;
}

export type Furnish = (handle: HostHandle) => Promise<TeamQuarters>;

/**
 * Owns: one team's life: its cancellation, its end as an event. Does not own: what it does.
 * Invariants: 1. exactly one `team-finished` (R1); 2. whatever the team throws, nobody else is
 * touched (R4); 3. a team that ignores its abort is let go all the same, and its door stays shut (R3);
 * 4. an answer ends the team only when it has been proposed and accepted.
 */
export class TeamHost {
  readonly name: string;
  readonly #team: Team;
  readonly #scope: CancelScope;
  readonly #turns: () => number;
  readonly #furnished = Promise.withResolvers<TeamQuarters>();
  #door: StepDoor | undefined;
  #ended: Promise<void> | undefined;
  #living = false;
  #fault: Error | undefined;

  /** `turns` tells how many the race has counted: what a stopped or failed team is reported with. */
  constructor(name: string, team: Team, runSignal: AbortSignal, turns: () => number) {
    this.name = name;
    this.#team = team;
    this.#turns = turns;
    this.#scope = new CancelScope(runSignal);
    this.#furnished.promise.catch(() => {});
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** What the team works with, as soon as it is there. Rejects where it cannot be had. */
  get quarters(): Promise<TeamQuarters> {
    return this.#furnished.promise;
  }

  /**
   * Starts the team; `announced` where the log has its `team-launched` already. The promise never rejects
   * for the team's sake, only when the log fails.
   */
  launch(writer: ScopeWriter, furnish: Furnish, announced = false): Promise<void> {
    this.#living = true;
    this.#ended = this.#live(writer, furnish, announced).finally(() => {
      this.#living = false;
    });
    return this.#ended;
  }

  /** Stops the team, which has no part in the race any more. */
  stop(reason: Cancelled): void {
    this.#scope.cancel(reason);
  }

  /** What has not let go yet: steps by their keys, else the team itself. */
  get stillAlive(): readonly string[] {
    const steps = this.#door?.stillAlive ?? [];
    return steps.length === 0 && this.#living ? [this.name] : steps;
  }

  /** Whether the team lives and can do nothing more before what these steps wait for has come. */
  isBlocked(waiting: ReadonlySet<string>): boolean {
    return this.#living && this.#door?.isBlocked(waiting) === true;
  }

  /** Resolves when the team has ended and holds nothing any more. */
  async quiet(): Promise<void> {
    await Promise.allSettled([this.#ended]);
    await this.#door?.quiet();
  }

  async #live(writer: ScopeWriter, furnish: Furnish, announced: boolean): Promise<void> {
    let end: EventOf<"team-finished">;
    try {
      this.signal.throwIfAborted();
      if (!announced) await writer.append([{ type: "team-launched", team: this.name }]);
      const handle = { writer, signal: this.signal, fault: (error: Error) => this.#stopAtFault(error) };
      const quarters = await abortable(furnish(handle), this.signal);
      this.#door = quarters.door;
      this.#furnished.resolve(quarters);
      end = await this.#solve(quarters);
    } catch (error) {
      this.#furnished.reject(error);
      // A disk that refuses what belongs into its folder is no fault of the team.
      if (!this.#door && isLogFailure(error)) throw error;
      end = this.#endedBy(error);
    }
    // What it left running must not go on asking models in its name.
    this.#scope.cancel(new Cancelled("team-ended", `${this.name} has ended.`));
    if (this.#door?.logFailure) throw this.#door.logFailure;
    if (this.signal.reason instanceof LetGo) throw this.signal.reason;
    await writer.append([end]);
  }

  async #solve({ door, task, abilities }: TeamQuarters): Promise<EventOf<"team-finished">> {
    await abortable(door.open(), this.signal);
    const context = { team: this.name, task, abilities, steps: door.context };
    const given = teamResultSchema.safeParse(await abortable(this.#team.solve(context), this.signal));
    if (!given.success) {
      const problem = z.prettifyError(given.error);
      throw new M1Error("team-result", `The team returned what is no team's result: ${problem}`);
    }
    return { ...(await this.#propose(given.data, door)), type: "team-finished", team: this.name };
  }

  /** An answer that the team has not proposed itself is proposed for it; what is said to it then ends the team. */
  async #propose(result: TeamResult, door: StepDoor): Promise<Omit<EventOf<"team-finished">, "type" | "team">> {
    if (result.outcome !== "answered" || door.acceptedAnswer === result.answer) return result;
    const { answer, findings, reason, turns } = result;
    const reply = await door.context.propose({ answer, findings, reason, turns });
    if (reply.kind === "accepted") return result;
    const kept = { findings: [`Its answer was: ${answer}`, findings].filter(Boolean).join("\n"), turns };
    if (reply.kind === "rejected") return { ...kept, outcome: "rejected", reason: reply.reason };
    return { ...kept, outcome: "gave-up", reason: "A team of this kind ends with its answer: it takes no follow-up." };
  }

  #stopAtFault(error: Error): void {
    this.#fault ??= error;
    this.#scope.cancel(error);
  }

  #endedBy(error: unknown): EventOf<"team-finished"> {
    const base = { type: "team-finished", team: this.name, turns: this.#turns() } as const;
    const failure = this.#fault ?? error;
    if (this.signal.aborted && !this.#fault)
      return { ...base, outcome: "stopped", reason: describeError(this.signal.reason) };
    const hint = failure instanceof M1Error && failure.hint ? ` ${failure.hint}` : "";
    return { ...base, outcome: "failed", reason: `${describeError(failure)}${hint}` };
  }
}
