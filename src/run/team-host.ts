import { z } from "zod";
import { abortable, CancelScope } from "../base/abort.ts";
import { Cancelled, describeError, M1Error } from "../base/errors.ts";
import type { EventOf } from "../events/run-event.ts";
import type { ModelAbilities } from "../events/model-call.ts";
import type { ScopeWriter } from "../log/run-log.ts";
import type { StepDoor } from "../steps/step-door.ts";
import { teamResultSchema, type Team, type TeamTask } from "../team/team.ts";

/** What a team works with; made when it is launched. */
export interface TeamQuarters {
  readonly door: StepDoor;
  readonly task: TeamTask;
  readonly abilities: ModelAbilities | undefined;
}

/**
 * Owns: one team's life: its cancellation, its end as an event. Does not own: what it does.
 * Invariants: 1. exactly one `team-finished` (R1); 2. whatever the team throws, nobody else is
 * touched (R4); 3. a team that ignores its abort is let go all the same, and its door stays shut (R3).
 */
export class TeamHost {
  readonly name: string;
  readonly #team: Team;
  readonly #scope: CancelScope;
  readonly #turns: () => number;
  #door: StepDoor | undefined;
  #ended: Promise<void> | undefined;
  #living = false;

  /** `turns` tells how many the race has counted: what a stopped or failed team is reported with. */
  constructor(name: string, team: Team, runSignal: AbortSignal, turns: () => number) {
    this.name = name;
    this.#team = team;
    this.#turns = turns;
    this.#scope = new CancelScope(runSignal);
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** Starts the team. The promise never rejects for the team's sake, only when the log fails. */
  launch(writer: ScopeWriter, furnish: (signal: AbortSignal) => Promise<TeamQuarters>): Promise<void> {
    this.#living = true;
    this.#ended = this.#live(writer, furnish).finally(() => {
      this.#living = false;
    });
    return this.#ended;
  }

  /** What has not let go yet: steps by their keys, else the team itself. */
  get stillAlive(): readonly string[] {
    const steps = this.#door?.stillAlive ?? [];
    return steps.length === 0 && this.#living ? [this.name] : steps;
  }

  /** Resolves when the team has ended and holds nothing any more. */
  async quiet(): Promise<void> {
    await Promise.allSettled([this.#ended]);
    await this.#door?.quiet();
  }

  async #live(writer: ScopeWriter, furnish: (signal: AbortSignal) => Promise<TeamQuarters>): Promise<void> {
    let end: EventOf<"team-finished">;
    try {
      this.signal.throwIfAborted();
      await writer.append([{ type: "team-launched", team: this.name }]);
      const quarters = await abortable(furnish(this.signal), this.signal);
      this.#door = quarters.door;
      end = await this.#solve(quarters);
    } catch (error) {
      end = this.#endedBy(error);
    }
    // What it left running must not go on asking models in its name.
    this.#scope.cancel(new Cancelled("team-ended", `${this.name} has ended.`));
    if (this.#door?.logFailure) throw this.#door.logFailure;
    await writer.append([end]);
  }

  async #solve({ door, task, abilities }: TeamQuarters): Promise<EventOf<"team-finished">> {
    this.signal.throwIfAborted();
    const context = { team: this.name, task, abilities, steps: door.context };
    const result = teamResultSchema.safeParse(await abortable(this.#team.solve(context), this.signal));
    if (result.success) return { ...result.data, type: "team-finished", team: this.name };
    throw new M1Error("team-result", `The team returned what is no team's result: ${z.prettifyError(result.error)}`);
  }

  #endedBy(error: unknown): EventOf<"team-finished"> {
    const base = { type: "team-finished", team: this.name, turns: this.#turns() } as const;
    if (this.signal.aborted) return { ...base, outcome: "stopped", reason: describeError(this.signal.reason) };
    const hint = error instanceof M1Error && error.hint ? ` ${error.hint}` : "";
    return { ...base, outcome: "failed", reason: `${describeError(error)}${hint}` };
  }
}
